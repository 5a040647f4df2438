#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>
#include "runtime/ports/host_port.hpp"

using namespace troupe;
namespace files = std::filesystem;

namespace {

struct folder {
  std::string path = "/tmp/troupe-files-" + std::to_string(::getpid());
  folder() { files::create_directories(path); }
  ~folder() { files::remove_all(path); }
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("a tree is replaced whole, by one link") {
  folder f;
  host_tree tree;
  tree.directory = f.path + "/v";
  tree.files = {{"a", "1", 0644}, {"sub/b", "2", 0400}};
  REQUIRE(write_tree(tree) == "");
  CHECK(content(tree.directory + "/a") == "1");
  CHECK(content(tree.directory + "/sub/b") == "2");
  CHECK(files::is_symlink(tree.directory + "/a"));
  struct stat mode{};
  REQUIRE(stat((tree.directory + "/sub/b").c_str(), &mode) == 0);
  CHECK((mode.st_mode & 0777) == 0400);
  auto version = files::read_symlink(tree.directory + "/..data");
  REQUIRE(write_tree(tree) == ""); // the same again touches nothing
  CHECK(files::read_symlink(tree.directory + "/..data") == version);
  tree.files = {{"a", "new", 0644}, {"c", "3", 0644}};
  REQUIRE(write_tree(tree) == "");
  CHECK(files::read_symlink(tree.directory + "/..data") != version);
  CHECK(content(tree.directory + "/a") == "new");
  CHECK(content(tree.directory + "/c") == "3");
  CHECK_FALSE(files::exists(files::symlink_status(tree.directory + "/sub")));
  CHECK_FALSE(files::exists(tree.directory + "/" + version.string()));
}

TEST_CASE("what an interrupted write left is no obstacle") {
  folder f;
  host_tree tree;
  tree.directory = f.path + "/v";
  files::create_directories(tree.directory + "/..v1");
  std::ofstream(tree.directory + "/..v1/half") << "x";
  tree.files = {{"a", "1", 0644}};
  REQUIRE(write_tree(tree) == "");
  CHECK(content(tree.directory + "/a") == "1");
  CHECK_FALSE(files::exists(tree.directory + "/half"));
}

TEST_CASE("a sub path stays in its folder") {
  folder f;
  files::create_directories(f.path + "/v/in");
  files::create_symlink("/etc", f.path + "/v/out");
  std::string real;
  CHECK(checked_sub_path(f.path + "/v", "in", real) == "");
  CHECK(real == f.path + "/v/in");
  CHECK(checked_sub_path(f.path + "/v", "new/deep", real) == "");
  CHECK(files::is_directory(f.path + "/v/new/deep"));
  CHECK(checked_sub_path(f.path + "/v", "../x", real) != "");
  CHECK(checked_sub_path(f.path + "/v", "out", real) != "");
}

TEST_CASE("hostPath types are kept") {
  folder f;
  std::ofstream(f.path + "/file") << "x";
  host_pod pod;
  pod.directory = f.path + "/pod";
  pod.log_directory = f.path + "/log";
  auto place = [&](const std::string& path, const std::string& kind) {
    host_place one;
    one.path = path;
    one.kind = kind;
    one.inside = false;
    pod.places = {one};
    return prepare_pod(pod);
  };
  CHECK(place(f.path + "/file", "File") == "");
  CHECK(place(f.path + "/file", "Directory") != "");
  CHECK(place(f.path + "/none", "Directory") != "");
  CHECK(place(f.path + "/none", "") == "");
  CHECK(place(f.path + "/made", "DirectoryOrCreate") == "");
  CHECK(files::is_directory(f.path + "/made"));
  CHECK(clean_pod(pod) == "");
  CHECK_FALSE(files::exists(pod.directory));
  CHECK(files::exists(f.path + "/file"));
}

TEST_CASE("the end of a file is read, and nothing of one that is not there") {
  folder f;
  std::ofstream(f.path + "/file") << "0123456789";
  CHECK(read_tail(f.path + "/file", 4) == "6789");
  CHECK(read_tail(f.path + "/file", 100) == "0123456789");
  CHECK(read_tail(f.path + "/none", 4) == "");
}

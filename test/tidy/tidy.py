#!/usr/bin/env python3
"""The house rules, checked: who includes whom, lengths, what actors may not touch, READMEs. Prints every violation.

usage: tidy.py [ROOT]        checks the tree; exit code 1 where something is wrong
       tidy.py --self-test   proves of every rule that it finds a violation
"""
import pathlib
import re
import subprocess
import sys
import tempfile

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
CODE = {".cpp", ".hpp"}
TEXT = CODE | {".md", ".txt", ".cmake", ".proto", ".py", ".sh", ".yaml", ".yml", ".json", ".html", ".js", ".css", ""}
GENERATED = "Written by messages/generate"
REASON_FOR_LENGTH = re.compile(r"[Ll]onger than (the rule|500 lines|70 lines)")

# Folder -> the folders of ours that it may include.
MAY_INCLUDE = {
    "messages": ["messages"],
    "persist": ["messages", "persist"],
    "runtime": ["messages", "runtime"],
}
OURS = ("messages", "persist", "runtime", "actors", "cli", "test", "examples")

# Actors and what is below them touch the world through ports only.
WORLD = [
    (r"(system|steady|high_resolution)_clock::now", "reads a clock"),
    (r"\bclock_gettime\b|\bgettimeofday\b|[^_\w]time\(nullptr\)", "reads a clock"),
    (r"std::random_device|[^_\w.>:]s?rand\(\)|\bgetrandom\b", "takes randomness of its own"),
    (r"std::j?thread\b(?!::id)|std::async\b|\bpthread_create\b", "owns a thread"),
    (r"\bsleep_for\b|\bsleep_until\b|\busleep\(|\bnanosleep\(", "sleeps"),
    (r"\bgetenv\(|\bgetpid\(", "asks the process"),
    (r"[^_\w.>]socket\(|\baccept4?\(\s*\w+,\s*nullptr|[^_\w.>]connect\(\w+,\s*reinterpret_cast", "opens a socket"),
    (r"std::[io]?fstream\b|\bfopen\(|std::filesystem|[^_\w.>]open\([^)]*O_", "opens a file"),
    (r"\bdetached\b", "says what thread an actor has"),
    (r"\bblocking_actor\b|\bscoped_actor\b|\baout\(|\bactor_pool\b", "blocks or prints"),
    (r"caf::infinite\b|[^_\w]infinite\b", "waits without an end"),
]
MUTABLE_STATIC = re.compile(r"^\s+static (?!const\b|constexpr\b|inline\b|_assert)(?!.*\bconst\b)[\w:<>,\s*&]+\w+\s*(=|;|\{)")
WORLD_FREE = ("actors/", "messages/", "persist/", "runtime/control/", "runtime/link/", "runtime/supervision/")
# Where a thread, a file or a clock is the file's purpose.
WORLD_ALLOWED = (
    "persist/ports/",                        # the store's real ports
    "messages/generate/",
    "runtime/supervision/spawn.hpp",         # makes own_thread of a child spec detached
    "runtime/supervision/actor_machine.cpp", # the process's actor system
)
PURE = re.compile(r"_(plan|table|format|reconcile)\.[ch]pp$")
HEAVY = re.compile(r'#include [<"](.*\.pb\.h|boost/(asio|beast)[^>"]*|grpc[^>"]*|nghttp2/[^>"]*|caf/all\.hpp)[>"]')
REGISTRIES = ("py" "pi", "python" "hosted", "npm" "js", "crates" r"\.io", "ruby" "gems", "maven" r"\.org", "proxy" r"\.golang")
NOT_TO_BE_NAMED = re.compile(r"\bfa" r"rm\b|\bspi" r"kes?\b|/wo" "rk/|" + "|".join(REGISTRIES), re.I)


def strip(text):
    """The code without comments, strings and character literals; lines stay where they are."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)

    def blank(found):
        piece = found.group(0)
        return ('""' if piece[0] in 'R"' else "' '" if piece[0] == "'" else " ") + "\n" * piece.count("\n")

    return pattern.sub(blank, text)


def functions(code):
    """(line, length, head) of every outermost function body."""
    depth_stack, head, line, inside = [], "", 1, None
    for letter in code:
        if letter == "\n":
            line += 1
        if letter == "{":
            is_function = (
                inside is None
                and ")" in head
                and not re.match(r"\s*(namespace|struct|class|enum|union|extern)\b", head)
                and not re.search(r"=\s*$", head)
            )
            depth_stack.append(is_function)
            if is_function:
                inside = (line, " ".join(head.split())[:80], len(depth_stack))
            head = ""
        elif letter == "}":
            if depth_stack:
                depth_stack.pop()
            if inside and len(depth_stack) < inside[2]:
                yield inside[0], line - inside[0] + 1, inside[1]
                inside = None
            head = ""
        elif letter == ";":
            head = ""
        else:
            head += letter


def arguments(code, at):
    """The top-level arguments of the call whose '(' is at `at`."""
    depth, count, start = 0, 1, at
    for i in range(at, len(code)):
        if code[i] in "([{":
            depth += 1
        elif code[i] in ")]}":
            depth -= 1
            if depth == 0:
                return count if code[start + 1 : i].strip() else 0
        elif code[i] == "," and depth == 1:
            count += 1
    return count


class checker:
    def __init__(self, root, files):
        self.root, self.files, self.found = root, files, []

    def say(self, rule, path, line, text):
        self.found.append((rule, f"{path}:{line}: {text}"))

    def run(self):
        for path in self.files:
            full = self.root / path
            if full.suffix not in TEXT or not full.is_file():
                continue
            try:
                text = full.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            self.names(path, text)
            if full.suffix in CODE and GENERATED not in text[:400]:
                self.code(path, text)
        self.readmes()
        return self.found

    def names(self, path, text):
        if path.startswith(("messages/facts/", "test/golden/", "test/tidy/", "LICENSE")):
            return
        for number, line in enumerate(text.split("\n"), 1):
            if NOT_TO_BE_NAMED.search(line):
                self.say("names", path, number, f"names what it must not: {line.strip()[:80]}")

    def code(self, path, text):
        code = strip(text)
        self.lengths(path, text, code)
        self.includes(path, text)
        self.world(path, code)
        self.style(path, text, code)

    def lengths(self, path, text, code):
        head = "\n".join(text.split("\n")[:12])
        if REASON_FOR_LENGTH.search(head):
            return
        lines = text.count("\n")
        if lines > FILE_LINES_MAX:
            self.say("file length", path, 1, f"{lines} lines, at most {FILE_LINES_MAX}")
        if path.startswith("test/"):
            return  # a test case may be a long list
        for line, length, head in functions(code):
            if length > FUNCTION_LINES_MAX:
                self.say("function length", path, line, f"{length} lines, at most {FUNCTION_LINES_MAX}: {head}")

    def allowed(self, path):
        top = path.split("/")[0]
        if top == "actors":
            component = "/".join(path.split("/")[:2])
            extra = ["persist"] if component == "actors/store" else []
            return ["messages", "runtime", component] + extra
        return MAY_INCLUDE.get(top)

    def includes(self, path, text):
        allowed = self.allowed(path)
        header = path.endswith(".hpp") and not path.endswith("_pch.hpp") and not path.startswith("test/")
        for number, line in enumerate(text.split("\n"), 1):
            if header and HEAVY.search(line) and "// only for .cpp files" not in line:
                self.say("heavy header", path, number, f"a header that others include: {line.strip()}")
            if PURE.search(path) and re.search(r'#include [<"](caf/|boost/|sys/socket|fstream|thread|filesystem)', line):
                self.say("pure", path, number, f"is to be pure: {line.strip()}")
            ours = re.match(r'#include "([^"]+)"', line)
            if not ours or allowed is None:
                continue
            target = ours.group(1)
            top = target.split("/")[0]
            if "/" not in target:
                if not target.endswith(".pb.h"):
                    self.say("include root", path, number, f'include from the root: "{target}"')
            elif top in OURS and not any(target.startswith(one + "/") for one in allowed):
                self.say("include direction", path, number, f'must not include "{target}"')

    def world(self, path, code):
        if not path.startswith(WORLD_FREE) or path.startswith(WORLD_ALLOWED) or path.endswith("_port.cpp"):
            return
        head = "\n".join((self.root / path).read_text(encoding="utf-8").split("\n")[:12])
        if "A real port:" in head:
            return
        for number, line in enumerate(code.split("\n"), 1):
            for pattern, what in WORLD:
                if re.search(pattern, line):
                    self.say("world", path, number, f"{what}: {line.strip()[:90]}")
            if MUTABLE_STATIC.match(line):
                self.say("mutable static", path, number, line.strip()[:90])

    def style(self, path, text, code):
        originals = text.split("\n")
        for number, line in enumerate(code.split("\n"), 1):
            if re.match(r"\s*(class|struct|enum class|enum|union)\s+[A-Z]\w*\s*(final)?\s*[{:]", line):
                self.say("names of types", path, number, f"snake_case: {line.strip()[:80]}")
            sleeps = path.startswith("test/") and re.search(r"\bsleep_for\b|\busleep\(", line)
            if sleeps and "// polls" not in originals[number - 1]: # polling until a deadline is waiting, not luck
                self.say("sleeping test", path, number, line.strip()[:80])
        if "caf/" in text:
            for found in re.finditer(r"\.then\s*\(", code):
                if arguments(code, found.end() - 1) == 1 and "request(" in code[max(0, found.start() - 300) : found.start()]:
                    self.say("one handler", path, code.count("\n", 0, found.start()) + 1, ".then with one handler")
        if path.endswith("_actor.cpp"):
            for found in re.finditer(r"\bstruct (\w+_state)\s*(?::[^{]*)?\{", code):
                name = found.group(1)
                if not re.search(r"\b" + name + r"\s*\(", code[found.end() : found.end() + 6000]):
                    self.say("aggregate state", path, code.count("\n", 0, found.start()) + 1, f"{name} has no constructor")
        if path.startswith("messages/actors/") and path.endswith(".hpp"):
            lines = text.split("\n")
            for number, line in enumerate(lines, 1):
                if re.match(r"\s*caf::(reacts_to|replies_to)<", line) and "//" not in line and "//" not in lines[number - 2]:
                    if not re.search(r"(reacts_to|replies_to).*(reacts_to|replies_to)", line):
                        self.say("uncommented signature", path, number, line.strip())

    def readmes(self):
        parts = {"/".join(one.split("/")[:2]) for one in self.files if one.startswith(("actors/", "runtime/")) and one.count("/") > 1}
        parts |= {one.split("/")[0] for one in self.files if one.startswith(("messages/", "persist/"))}
        parts |= {"test/sim"} if any(one.startswith("test/sim/") for one in self.files) else set()
        for part in sorted(parts):
            if f"{part}/README.md" not in self.files:
                self.say("README", part, 1, "no README.md")


BAD = {  # rule -> (path, content) in which it must find something
    "file length": ("runtime/long.hpp", "\n" * 501),
    "function length": ("runtime/long.cpp", "int f() {\n" + "  g();\n" * 70 + "}\n"),
    "include direction": ("actors/node/a.cpp", '#include "actors/store/store.hpp"\n'),
    "include root": ("runtime/control/a.cpp", '#include "informer.hpp"\n'),
    "heavy header": ("runtime/a.hpp", '#include "messages/api/core/v1/pod.pb.h"\n'),
    "pure": ("actors/node/pod_plan.cpp", "#include <caf/actor.hpp>\n"),
    "world": ("actors/node/a_actor.cpp", "auto now = std::chrono::steady_clock::now();\n"),
    "mutable static": ("actors/node/b_actor.cpp", "int f() {\n  static int calls = 0;\n  return ++calls;\n}\n"),
    "names of types": ("runtime/c.cpp", "struct PodActor {\n};\n"),
    "sleeping test": ("test/a.cpp", "std::this_thread::sleep_for(1s);\n"),
    "one handler": ("actors/node/d_actor.cpp", "#include <caf/send.hpp>\nself->request(to, 1s, x).then([](int) {});\n"),
    "aggregate state": ("actors/node/e_actor.cpp", "struct pod_state {\n  int x = 0;\n};\n"),
    "uncommented signature": ("messages/actors/f.hpp", "using a = caf::typed_actor<\n    caf::reacts_to<int>>;\n"),
    "README": ("actors/node/g.cpp", "\n"),
    "names": ("docs/h.md", "from the " + "far" + "m\n"),
}


def self_test():
    missed = []
    for rule, (path, content) in BAD.items():
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / path).parent.mkdir(parents=True)
            (root / path).write_text(content)
            if rule not in {one for one, _ in checker(root, [path]).run()}:
                missed.append(rule)
    good = "int f() {\n" + "  g(\"{\"); // }\n" * 60 + "}\n"
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "test").mkdir()
        (root / "test/a.cpp").write_text(good)
        if checker(root, ["test/a.cpp"]).run():
            missed.append("a good file is found bad")
    for rule in missed:
        print(f"tidy does not find: {rule}")
    return 1 if missed else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    files = listed.stdout.split("\n") if listed.returncode == 0 else []
    if not any(files):  # a tree without its history
        files = [str(one.relative_to(root)) for one in root.rglob("*") if one.is_file() and not str(one.relative_to(root)).startswith(("build", "."))]
    found = checker(root, [one for one in files if one]).run()
    for rule, text in sorted(found, key=lambda one: (one[0], one[1])):
        print(f"{rule}: {text}")
    print(f"{len(found)} violations in {len(files)} files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

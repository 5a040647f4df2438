# The sanitizer preset (`cmake --preset sanitizers`) sets this; everything of ours is then instrumented.
option(TROUPE_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
if(TROUPE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
endif()

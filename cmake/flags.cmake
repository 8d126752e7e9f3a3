# One set of flags for everything. Numeric flags are part of the engine id (cmake/engine_id.cmake).
set(PLATEAU_NUMERIC_FLAGS -ffp-contract=off -fno-fast-math -fno-math-errno -fno-trapping-math)
add_library(plateau_flags INTERFACE)
target_compile_definitions(plateau_flags INTERFACE _GNU_SOURCE PLATEAU_VERSION="${PROJECT_VERSION}")
target_compile_options(plateau_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Wvla ${PLATEAU_NUMERIC_FLAGS})
if(PLATEAU_WERROR)
  target_compile_options(plateau_flags INTERFACE -Werror)
endif()
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
  # GCC's vector extensions in double precision: wider than the base instruction set on purpose.
  target_compile_options(plateau_flags INTERFACE -Wno-psabi)
endif()
target_include_directories(plateau_flags INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_FLAGS_RELEASE "-O2 -g") # assert() stays: it guards what is ours to get right
set(CMAKE_C_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")

# A folder whose first file is still to come is an empty library.
function(plateau_some_source list)
  if(NOT ${list})
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/empty.c "typedef int empty_translation_unit;\n")
    set(${list} ${CMAKE_CURRENT_BINARY_DIR}/empty.c PARENT_SCOPE)
  endif()
endfunction()

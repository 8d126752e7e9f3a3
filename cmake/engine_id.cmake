# engine id = SHA-256 of the engine's sources and numeric flags, without compiler or architecture: equal ids give equal bits.
file(GLOB_RECURSE _engine_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/engine/*.c ${PROJECT_SOURCE_DIR}/engine/*.h)
list(SORT _engine_sources)
set(_ids "${PLATEAU_NUMERIC_FLAGS}")
foreach(_f ${_engine_sources})
  file(SHA256 ${_f} _h)
  cmake_path(RELATIVE_PATH _f BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
  string(APPEND _ids "\n${_f} ${_h}")
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${_f})
endforeach()
string(SHA256 PLATEAU_ENGINE_ID "${_ids}")
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/engine_id.h
     CONTENT "#define PLATEAU_ENGINE_ID \"@PLATEAU_ENGINE_ID@\"\n" @ONLY)

# The installed library: engine, market and the error codes they speak, shared and static, with pkg-config. Its headers keep
# their folders below include/plateau, so that they read the same inside and outside the tree.
set(objects $<TARGET_OBJECTS:plateau_engine_objects> $<TARGET_OBJECTS:plateau_engine> ${PROJECT_SOURCE_DIR}/proto/err.c)
foreach(kind SHARED STATIC)
  string(TOLOWER ${kind} name)
  add_library(plateau_library_${name} ${kind} ${objects})
  target_link_libraries(plateau_library_${name} PRIVATE $<BUILD_INTERFACE:plateau_flags> PkgConfig::ZSTD PkgConfig::SODIUM)
  set_target_properties(plateau_library_${name} PROPERTIES OUTPUT_NAME plateau_engine
                        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
                        ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
endforeach()
# Only what the public headers declare is visible: the rest may change without breaking a program.
target_link_options(plateau_library_shared PRIVATE -Wl,--version-script=${CMAKE_CURRENT_LIST_DIR}/library.map)
set_target_properties(plateau_library_shared PROPERTIES LINK_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/library.map)

# The prefix is found from where the file lies, so that an installed tree may be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE PLATEAU_PC_PREFIX)
configure_file(${CMAKE_CURRENT_LIST_DIR}/plateau-engine.pc.in ${PROJECT_BINARY_DIR}/generated/plateau-engine.pc @ONLY)

include(GNUInstallDirs)
install(TARGETS plateau_library_shared plateau_library_static COMPONENT library)
install(FILES ${PROJECT_BINARY_DIR}/generated/plateau-engine.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)
foreach(header engine/plateau_engine.h engine/metrics.h engine/image.h market/market.h proto/err.h)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES ${PROJECT_SOURCE_DIR}/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/plateau/${folder} COMPONENT library)
endforeach()

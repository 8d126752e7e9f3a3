# Install rules of the whole and the .deb. Programs and the library install from their folders; here is the rest.
if(NOT PLATEAU_ENGINE_ONLY)
  # From ${CMAKE_INSTALL_DATADIR}/plateau the shipped sweeps run as they do in the tree.
  install(DIRECTORY configs data DESTINATION ${CMAKE_INSTALL_DATADIR}/plateau)
  install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN "*.schema.json")
  install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_CONTACT "Plateau maintainers <maintainers@plateau.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "parameter sweeps of trading-strategy backtests")
set(CPACK_PACKAGE_DESCRIPTION
    "Plateau runs large parameter grids of trading-strategy backtests on all cores,
reproducible to the bit and safe against crashes, and writes one results file
(HDF5, readable by xarray, netCDF and NeXus viewers) and heatmaps.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "fontconfig, fonts-dejavu-core | fonts-freefont-ttf")
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_STRIP_FILES ON)
include(CPack)

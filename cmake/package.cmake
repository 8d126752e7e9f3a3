# Install rules of the whole and the .deb.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "Plateau maintainers <maintainers@users.noreply.example>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_STRIP_FILES ON)
include(CPack)

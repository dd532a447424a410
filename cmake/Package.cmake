# What is installed, and the Debian package that CPack makes of it (./dev package). Destinations are below /, not below /usr: a package of
# Debian has its configuration in /etc, and CPack puts them together with the prefix that is set here.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # The program alone; the tests are not in it and need not be built.

set(ph_doc usr/share/doc/posthaste)
set(ph_described ${CMAKE_BINARY_DIR}/package)
# From the program's own --help, when it is packed.
install(CODE "
  file(MAKE_DIRECTORY ${ph_described})
  foreach(what man bash)
    execute_process(
      COMMAND python3 -B ${CMAKE_SOURCE_DIR}/deploy/package/describe.py \${what} $<TARGET_FILE:posthaste>
      OUTPUT_FILE ${ph_described}/posthaste.\${what} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  # -n: no time in it, so that the same sources make the same package.
  execute_process(COMMAND gzip -9n -c ${ph_described}/posthaste.man
    OUTPUT_FILE ${ph_described}/posthaste.1.gz COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND gzip -9n -c ${CMAKE_SOURCE_DIR}/CHANGELOG.md
    OUTPUT_FILE ${ph_described}/CHANGELOG.md.gz COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND gzip -9n -c ${CMAKE_SOURCE_DIR}/deploy/package/changelog
    OUTPUT_FILE ${ph_described}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)")
install(TARGETS posthaste RUNTIME DESTINATION usr/bin)
install(FILES ${ph_described}/posthaste.1.gz DESTINATION usr/share/man/man1)
install(FILES ${ph_described}/posthaste.bash DESTINATION usr/share/bash-completion/completions RENAME posthaste)
install(FILES ${CMAKE_SOURCE_DIR}/deploy/systemd/posthaste.service DESTINATION lib/systemd/system)
install(FILES ${CMAKE_SOURCE_DIR}/deploy/posthaste.yaml DESTINATION etc/posthaste)
# Where the unit looks for keys; root's alone.
install(DIRECTORY DESTINATION etc/posthaste/keys DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(FILES ${CMAKE_SOURCE_DIR}/deploy/package/copyright DESTINATION ${ph_doc})
# One in Debian's form, which its tools read, and ours.
install(FILES ${ph_described}/changelog.gz ${ph_described}/CHANGELOG.md.gz DESTINATION ${ph_doc})
install(FILES ${CMAKE_SOURCE_DIR}/deploy/package/lintian-overrides
  DESTINATION usr/share/lintian/overrides RENAME posthaste)
install(FILES
  ${CMAKE_SOURCE_DIR}/docs/GLOSSARY.md ${CMAKE_SOURCE_DIR}/docs/OPERATIONS.md ${CMAKE_SOURCE_DIR}/docs/TEMPLATES.md
  DESTINATION ${ph_doc})
# To copy from: Redis, the alerts, the dashboard, the front.
install(FILES ${CMAKE_SOURCE_DIR}/deploy/redis.conf ${CMAKE_SOURCE_DIR}/deploy/redis.relaxed.conf DESTINATION ${ph_doc}/examples)
install(DIRECTORY
  ${CMAKE_SOURCE_DIR}/deploy/prometheus ${CMAKE_SOURCE_DIR}/deploy/grafana ${CMAKE_SOURCE_DIR}/deploy/haproxy
  DESTINATION ${ph_doc}/examples)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME posthaste)
set(CPACK_PACKAGE_VENDOR "The Posthaste authors")
set(CPACK_PACKAGE_CONTACT "The Posthaste authors <posthaste@example.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "transactional e-mail over gRPC")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "Sends verification codes and security notices: asked over gRPC, queued in\n Redis, handed to a relay by SMTP, on time or not at all.")
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# The libraries are asked of the program. Relays are verified, and mail tells local times.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, tzdata")
# Redis may be on another machine.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "redis-server (>= 5:7.0)")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_SOURCE_DIR}/deploy/package/conffiles
  ${CMAKE_SOURCE_DIR}/deploy/package/postinst ${CMAKE_SOURCE_DIR}/deploy/package/prerm)
include(CPack)

"""Conan 2 recipe. Consumers get the CMake targets fairlead::<component> and the include folder, .proto files included."""

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, rmdir
import os


class FairleadConan(ConanFile):
    name = "fairlead"
    version = "0.1.0"
    description = "Keeps commerce systems in agreement: canonical models, idempotent writes, source-of-truth policy, drift"
    license = "Apache-2.0"
    topics = ("commerce", "integration", "idempotency", "protobuf", "sync")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "postgres": [True, False]}
    default_options = {"shared": False, "fPIC": True, "postgres": False}
    exports_sources = "CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "proto/*", "src/*"

    # component: rooms of ours it stands on, third-party components. The same table as in src/*/CMakeLists.txt.
    _components = {
        "core": ([], ["abseil::absl_status", "abseil::absl_statusor", "abseil::absl_strings", "abseil::absl_cord"]),
        "retry": (["core"], []),
        "models": (["core"], ["protobuf::libprotobuf", "xxhash::xxhash", "utf8proc::utf8proc"]),
        "http": (["core"], []),
        "http_curl": (["http"], ["libcurl::libcurl"]),
        "idempotency": (["retry"], ["openssl::crypto"]),
        "store": (["idempotency"], []),
        "store_sqlite": (["store"], ["sqlite3::sqlite3"]),
        "store_postgres": (["store"], ["libpq::libpq"]),
        "policy": (["models"], ["abseil::absl_flat_hash_map"]),
        "connector": (["models", "http"], []),
        "sync": (["store", "policy", "connector", "retry"], []),
        "drift": (["sync"], []),
        "woocommerce": (["connector"], ["openssl::crypto"]),
        "tryton": (["connector"], ["openssl::crypto"]),
    }

    def layout(self):
        cmake_layout(self)

    def config_options(self):
        if self.settings.os == "Windows":
            del self.options.fPIC

    def configure(self):
        if self.options.shared:
            self.options.rm_safe("fPIC")

    def validate(self):
        check_min_cppstd(self, 17)

    def requirements(self):
        # Their types are part of our headers.
        self.requires("abseil/[>=20230125.3]", transitive_headers=True, transitive_libs=True)
        self.requires("protobuf/[>=3.21.12]", transitive_headers=True, transitive_libs=True)
        self.requires("libcurl/[>=7.88 <9]")
        self.requires("openssl/[>=3 <4]")
        self.requires("sqlite3/[>=3.40 <4]")
        if self.options.postgres:
            self.requires("libpq/[>=14 <18]")
        self.requires("utf8proc/[>=2.8 <3]")
        self.requires("xxhash/[>=0.8.1 <1]")

    def build_requirements(self):
        self.tool_requires("protobuf/<host_version>")
        self.tool_requires("cmake/[>=3.22 <5]")
        self.test_requires("gtest/[>=1.12 <2]")
        self.test_requires("cpp-httplib/[>=0.11 <1]")
        self.test_requires("rapidjson/cci.20230929")

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for switch in ("TESTS", "BENCHMARKS", "EXAMPLES", "TESTING", "CLI"):
            toolchain.cache_variables[f"FAIRLEAD_{switch}"] = False
        toolchain.cache_variables["FAIRLEAD_INSTALL"] = True
        toolchain.cache_variables["FAIRLEAD_POSTGRES"] = "ON" if self.options.postgres else "OFF"
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        # Conan writes package files of its own.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))
        rmdir(self, os.path.join(self.package_folder, "share"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "fairlead")
        for name, (rooms, libraries) in self._components.items():
            if name == "store_postgres" and not self.options.postgres:
                continue
            component = self.cpp_info.components[name]
            component.set_property("cmake_target_name", f"fairlead::{name}")
            component.set_property("pkg_config_name", f"fairlead_{name}")
            component.libs = [f"fairlead_{name}"]
            component.requires = rooms + libraries
            if self.options.shared:
                component.defines = ["FAIRLEAD_SHARED"]
            if self.settings.os in ("Linux", "FreeBSD"):
                component.system_libs = ["pthread"]

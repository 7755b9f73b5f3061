# libevosift_cuda.so: the CUDA kernels, and the device that runs the decoder on them. A library of its own, which the addon
# and the programs load from beside themselves at run time, so none of them links CUDA; nor does the library
# link the driver or cuBLASLt, which are loaded by name. EVOSIFT_CUDA: auto builds it where nvcc is found (CUDACXX, PATH,
# /usr/local/cuda); scripts/cuda-toolkit.sh makes one.
set(EVOSIFT_CUDA auto CACHE STRING "Build libevosift_cuda.so: auto (where nvcc is found), on, off")
set_property(CACHE EVOSIFT_CUDA PROPERTY STRINGS auto on off)
string(TOLOWER "${EVOSIFT_CUDA}" wanted)
if(NOT wanted MATCHES "^(auto|on|off)$")
  message(FATAL_ERROR "EVOSIFT_CUDA is ${EVOSIFT_CUDA}; it must be auto, on or off")
endif()

# Objects of C++ pass between the library and its user, so both know what their sources and compiler were.
set(SHARED_HEADERS native/base/activation_kind.h native/base/dtype.h native/base/error.h native/model/architecture.h
    native/model/weights.h native/model/safetensors.h native/device/operations.h native/device/cuda_library.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SHARED_HEADERS})
set(interface "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
foreach(header ${SHARED_HEADERS})
  file(SHA256 ${CMAKE_CURRENT_SOURCE_DIR}/${header} hash)
  string(APPEND interface " ${hash}")
endforeach()
string(SHA256 interface "${interface}")
string(SUBSTRING ${interface} 0 16 interface)
set(CUDA_INTERFACE EVOSIFT_CUDA_INTERFACE="${interface}")

# The loader, and the search for cuBLASLt, need no CUDA: every program has them.
target_sources(evosift_core PRIVATE native/device/cuda/cublaslt_library.cc)
set_property(SOURCE native/device/cuda_library.cc APPEND PROPERTY COMPILE_DEFINITIONS ${CUDA_INTERFACE})
target_link_libraries(evosift_core PUBLIC ${CMAKE_DL_LIBS})

if(wanted STREQUAL "off" OR (wanted STREQUAL "auto" AND EVOSIFT_SANITIZE))
  return()
endif()
if(wanted STREQUAL "auto")
  include(CheckLanguage)
  check_language(CUDA)
  if(NOT CMAKE_CUDA_COMPILER)
    return()
  endif()
endif()

# Machine code for the A100 and its relatives and for the H100; PTX for what comes after.
set(CMAKE_CUDA_ARCHITECTURES 80 90a-real)
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
set(CMAKE_CUDA_STANDARD 17)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
enable_language(CUDA)
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.4)
  message(FATAL_ERROR "nvcc ${CMAKE_CUDA_COMPILER_VERSION} is too old; scripts/cuda-toolkit.sh makes a newer one")
endif()

file(GLOB CUDA_KERNELS CONFIGURE_DEPENDS native/kernels/*.cu native/device/cuda/*.cu native/device/cuda/*.cc)
# What the device reads weights and rope tables with, and what that needs.
set(CUDA_MODEL matrix_view stored_floats safetensors safetensors_header config_rope config_reader)
list(TRANSFORM CUDA_MODEL REPLACE "(.+)" "native/model/\\1.cc")
list(APPEND CUDA_MODEL native/base/mapped_file.cc native/base/quote.cc)

function(compile_cuda target)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:${WARNINGS} -mavx2 -mfma -mf16c -ffp-contract=off>
    $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings --expt-relaxed-constexpr -Xcompiler=-Wall,-Wextra,-Werror -lineinfo>)
  target_link_libraries(${target} PRIVATE nlohmann_json::nlohmann_json)
  target_link_options(${target} PRIVATE -Wl,--gc-sections)
endfunction()

add_library(evosift_cuda_objects OBJECT ${CUDA_KERNELS} ${CUDA_MODEL})
compile_cuda(evosift_cuda_objects)

add_library(evosift_cuda SHARED native/cuda/library.cc $<TARGET_OBJECTS:evosift_cuda_objects>)
target_compile_definitions(evosift_cuda PRIVATE ${CUDA_INTERFACE})
compile_cuda(evosift_cuda)
# One symbol leaves it; those of cudart and of the standard library's templates stay inside.
set(EXPORTS ${CMAKE_CURRENT_SOURCE_DIR}/cmake/cuda-exports.map)
target_link_options(evosift_cuda PRIVATE -Wl,--version-script=${EXPORTS} -Wl,-z,defs)
set_target_properties(evosift_cuda PROPERTIES LINK_DEPENDS ${EXPORTS})

# Those kernels against the GPU's limits, for `evosift bench kernels`.
file(GLOB CUDA_BENCH CONFIGURE_DEPENDS native/bench/cuda/*.cc native/bench/cuda/*.cu)
add_executable(cuda-kernel-bench native/bench/cuda_main.cc native/bench/bench_case.cc native/bench/bench_output.cc
                                 native/bench/reference.cc ${CUDA_BENCH} $<TARGET_OBJECTS:evosift_cuda_objects>)
compile_cuda(cuda-kernel-bench)
target_link_libraries(cuda-kernel-bench PRIVATE ${CMAKE_DL_LIBS})
set_target_properties(cuda-kernel-bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}")

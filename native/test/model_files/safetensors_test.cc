// Files that are read whatever their alignment and dtype, and damaged or hostile ones that are refused by name.
#include "../../model/safetensors.h"

#include <sys/stat.h>
#include <unistd.h>

#include <limits>

#include "../check.h"
#include "stored_file.h"

using namespace evosift;
using test::file_bytes;
using test::StoredFile;
using test::write_file;

namespace {

TensorStore parse(const std::string& bytes) {
  return TensorStore::parse(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), "it.safetensors");
}

std::vector<float> values(const TensorView& tensor) {
  std::vector<float> out(static_cast<size_t>(tensor.elements()));
  tensor.read(0, tensor.elements(), out.data());
  return out;
}

std::string new_folder(const std::string& name) {
  const std::string path = test::argument("folder") + "/" + name;
  ::mkdir(path.c_str(), 0755);
  return path;
}

std::string little_endian(const std::vector<uint16_t>& words) {
  std::string bytes;
  for (const uint16_t word : words) {
    bytes += static_cast<char>(word & 0xFF);
    bytes += static_cast<char>(word >> 8);
  }
  return bytes;
}

}  // namespace

TEST(tensors_are_read_at_any_alignment) {
  for (size_t spaces = 0; spaces < 8; ++spaces) {
    const std::string bytes = StoredFile()
                                  .add("odd", {3}, "U8", "abc")
                                  .add("f32", {2, 2}, {1.5f, -2.25f, 3e-40f, 0.1f})
                                  .add("bf16", {2}, "BF16", little_endian({0x3FC0, 0xC2F7}))
                                  .add("f16", {2}, "F16", little_endian({0x3E00, 0xB555}))
                                  .bytes(spaces);
    const TensorStore store = parse(bytes);
    const std::string where = std::to_string(spaces) + " spaces";
    CHECK_EQUAL(store.tensors().size(), 4U, where);
    CHECK((values(*store.find("f32")) == std::vector<float>{1.5f, -2.25f, 3e-40f, 0.1f}));
    CHECK((values(*store.find("bf16")) == std::vector<float>{1.5f, -123.5f}));
    CHECK((values(*store.find("f16")) == std::vector<float>{1.5f, -0.333251953125f}));
    float second = 0;
    store.find("f16")->read(1, 1, &second);
    CHECK_EQUAL(second, -0.333251953125f, where);
  }
}

// IEEE 754-2008, binary16: sign, 5 bits of exponent (bias 15), 10 of fraction.
TEST(every_f16_and_bf16_value_is_converted_exactly) {
  std::vector<uint16_t> words(65536);
  for (size_t i = 0; i < words.size(); ++i) words[i] = static_cast<uint16_t>(i);
  const std::string bytes = StoredFile()
                                .add("f16", {65536}, "F16", little_endian(words))
                                .add("bf16", {65536}, "BF16", little_endian(words))
                                .bytes(1);
  const TensorStore store = parse(bytes);
  const std::vector<float> f16 = values(*store.find("f16"));
  const std::vector<float> bf16 = values(*store.find("bf16"));
  for (int word = 0; word < 65536; ++word) {
    const double sign = (word & 0x8000) != 0 ? -1 : 1;
    const auto check = [&](float actual, int exponent, int bias, int fraction, int bits, const char* type) {
      const std::string where = std::string(type) + " " + std::to_string(word);
      const int highest = 2 * bias + 1;
      if (exponent == highest && fraction != 0) {
        if (!std::isnan(actual)) test::fail(__FILE__, __LINE__, where + " is no NaN");
        return;
      }
      double expected = std::ldexp(1 + std::ldexp(fraction, -bits), exponent - bias);
      if (exponent == 0) expected = std::ldexp(fraction, 1 - bias - bits);
      if (exponent == highest) expected = std::numeric_limits<double>::infinity();
      const double signed_expected = sign * expected;
      if (static_cast<double>(actual) != signed_expected || std::signbit(actual) != std::signbit(signed_expected))
        test::fail(__FILE__, __LINE__, where + " is " + std::to_string(actual));
    };
    const auto at = static_cast<size_t>(word);
    check(f16[at], word >> 10 & 0x1F, 15, word & 0x3FF, 10, "f16");
    check(bf16[at], word >> 7 & 0xFF, 127, word & 0x7F, 7, "bf16");
  }
}

TEST(damaged_and_hostile_headers_are_refused) {
  const auto refused = [](const std::string& bytes, const char* text) {
    CHECK_ERROR(parse(bytes), "bad_weights", text, text);
    CHECK_ERROR(parse(bytes), "bad_weights", "it.safetensors: ", text);
  };
  const auto tensor = [](const std::string& fields) { return file_bytes("{\"w\":{" + fields + "}}", "12345678"); };
  refused("", "too short (0 bytes)");
  refused(std::string(7, '\0'), "too short (7 bytes)");
  refused(std::string(8, '\0'), "the header is not JSON");
  refused(std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}", 10), "18446744073709551615 bytes, is beyond the file's 10");
  refused(std::string("\x03\0\0\0\0\0\0\0{}", 10), "is beyond the file's 10");
  refused(file_bytes("nonsense", ""), "the header is not JSON (at its byte");
  refused(file_bytes("[]", ""), "not a JSON object");
  refused(file_bytes(std::string(50000, '['), ""), "nested too deeply");
  refused(file_bytes("{\"w\":\"\xFF\"}", ""), "the header is not JSON");
  refused(file_bytes("{\"w\":1e999}", ""), "a number beyond every range");
  refused(file_bytes("{\"w\":3}", ""), "tensor \"w\" is not an object");
  refused(file_bytes(R"({"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"w":{}})", ""), "names \"w\" twice");
  refused(file_bytes(R"({"w":{"dtype":"U8","dtype":"U8"}})", ""), "names \"dtype\" twice");
  refused(tensor(R"("shape":[2],"data_offsets":[0,8])"), "tensor \"w\" has no dtype");
  refused(tensor(R"("dtype":"F32","data_offsets":[0,8])"), "tensor \"w\" has no shape");
  refused(tensor(R"("dtype":"F32","shape":[2])"), "tensor \"w\" has no data_offsets");
  refused(tensor(R"("dtype":7,"shape":[2],"data_offsets":[0,8])"), "dtype that is not text");
  refused(tensor(R"("dtype":"F32","shape":2,"data_offsets":[0,8])"), "no shape of 0 to 8 dimensions");
  refused(tensor(R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8])"), "no shape of 0 to 8 dimensions");
  refused(tensor(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), "negative, too large or not whole");
  refused(tensor(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"), "negative, too large or not whole");
  refused(tensor(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])"), "too many elements");
  refused(tensor(R"("dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8])"), "too large");
  refused(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,8,8])"), "no two data_offsets");
  refused(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[-8,8])"), "negative, too large or not whole");
  refused(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), "ends before it begins");
  refused(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[1,9])"), "ends at byte 9 of the data, beyond its 8");
  refused(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[18446744073709551608,0])"), "too large");
  refused(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])"), "takes 8 bytes, but its shape and dtype");
  refused(tensor(R"("dtype":"BF16","shape":[2],"data_offsets":[0,8])"), "\"BF16\" need 4");
  refused(file_bytes(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
                     R"("b":{"dtype":"U8","shape":[3],"data_offsets":[2,5]}})",
                     "12345"),
          "tensors \"a\" and \"b\" overlap");
}

TEST(gaps_metadata_and_foreign_dtypes_are_tolerated) {
  const std::string bytes = file_bytes(
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[],"data_offsets":[2,6]},)"
      R"("none":{"dtype":"F32","shape":[0,5],"data_offsets":[4,4]},"odd":{"dtype":"F4","shape":[7],"data_offsets":[6,9]}})",
      std::string("xx\0\0\x80\x3F...xxx", 12));
  const TensorStore store = parse(bytes);
  CHECK_EQUAL(store.tensors().size(), 3U, "tensors");
  CHECK((values(*store.find("a")) == std::vector<float>{1.0f}));
  CHECK(values(*store.find("none")).empty());
  CHECK_ERROR(values(*store.find("odd")), "bad_weights", "dtype \"F4\" is needed; F32, F16 and BF16 are read", "odd");
}

TEST(a_directory_is_opened_whole_or_in_shards) {
  const std::string one = new_folder("one");
  CHECK_ERROR(TensorStore::open(one + "/absent"), "model_not_found", "no such directory", "absent");
  CHECK_ERROR(TensorStore::open(one), "model_not_found", "neither model.safetensors nor", "empty");
  write_file(one + "/model.safetensors", StoredFile().add("a", {1}, {4.0f}).bytes());
  CHECK((values(*TensorStore::open(one).find("a")) == std::vector<float>{4.0f}));
  const std::string whole = StoredFile().add("a", {2}, {4.0f, 5.0f}).bytes();
  write_file(one + "/model.safetensors", whole.substr(0, whole.size() - 1));
  CHECK_ERROR(TensorStore::open(one), "bad_weights", "one/model.safetensors: tensor \"a\" ends at byte 8", "cut short");
  write_file(one + "/model.safetensors", "");
  CHECK_ERROR(TensorStore::open(one), "bad_weights", "too short", "empty file");

  const std::string many = new_folder("many");
  const std::string index = many + "/model.safetensors.index.json";
  write_file(many + "/one.safetensors", StoredFile().add("a", {1}, {4.0f}).bytes());
  write_file(many + "/blob", StoredFile().add("b", {1}, {5.0f}).bytes());
  // The hub cache keeps its files as links to blobs.
  CHECK_EQUAL(::symlink("blob", (many + "/two.safetensors").c_str()), 0, "symlink");
  write_file(index, R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
  const TensorStore store = TensorStore::open(many);
  CHECK((values(*store.find("a")) == std::vector<float>{4.0f}));
  CHECK((values(*store.find("b")) == std::vector<float>{5.0f}));
  store.drop_pages();
  CHECK((values(*store.find("b")) == std::vector<float>{5.0f}));

  const auto refused = [&](const std::string& text, const char* message) {
    write_file(index, text);
    CHECK_ERROR(TensorStore::open(many), "bad_weights", message, text);
  };
  refused("", "is not a JSON object");
  refused(R"({"weight_map":{"a":"one.safetensors",)", "is not a JSON object");
  refused(R"({"weight_map":[]})", "has no weight_map");
  refused(R"({"weight_map":{}})", "names no tensors");
  for (const char* const name : {"../one/model.safetensors", "/etc/passwd", "..", ".", "", "one\\u0000.safetensors"})
    refused(std::string(R"({"weight_map":{"a":")") + name + "\"}}", "is not the name of a file beside the index");
  refused(R"({"weight_map":{"a":7}})", "is not the name of a file beside the index");
  refused(R"({"weight_map":{"a":"three.safetensors"}})",
          "three.safetensors: this shard, named by the index, is not there");
  refused(R"({"weight_map":{"c":"one.safetensors"}})", "tensor \"c\" is not in one.safetensors");
  write_file(many + "/again.safetensors", StoredFile().add("a", {1}, {4.0f}).bytes());
  refused(R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors","x":"again.safetensors"}})",
          "tensor \"a\" is in another shard as well");
}

TEST(what_is_no_file_is_refused) {
  const std::string folder = new_folder("folder");
  ::mkdir((folder + "/model.safetensors").c_str(), 0755);
  CHECK_ERROR(TensorStore::open(folder), "bad_weights", "is not a regular file", "a folder");
  const std::string pipe = new_folder("pipe");
  CHECK_EQUAL(::mkfifo((pipe + "/model.safetensors").c_str(), 0644), 0, "mkfifo");
  CHECK_ERROR(TensorStore::open(pipe), "bad_weights", "is not a regular file", "a named pipe");
}

TEST(pickles_are_refused_with_a_reason) {
  const std::string folder = new_folder("pickle");
  write_file(folder + "/pytorch_model.bin", "PK");
  CHECK_ERROR(TensorStore::open(folder), "pickle_refused", "can run any code", "pickle");
  CHECK_ERROR(TensorStore::open(folder), "pickle_refused", "save_pretrained", "pickle");
}

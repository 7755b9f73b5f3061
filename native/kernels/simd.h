// One vector type for the kernels' bodies, which are compiled once per instruction set. EVOSIFT_ISA names the namespace
// of the compilation at hand (avx2, avx512, avx512_bf16, avx512_amx). Everything here is static inline inside that namespace, and
// the bodies use no templates of the standard library: the linker would keep one copy for all instruction sets.
#pragma once

#ifndef EVOSIFT_ISA
#error "compile kernel bodies through kernel_body() in CMakeLists.txt"
#endif

#include <immintrin.h>

#include <cstdint>

#include "../base/bf16.h"

namespace evosift {
namespace EVOSIFT_ISA {

#ifdef __AVX512F__

constexpr int kWidth = 16;
struct vf {
  __m512 v;
};
using mask = __mmask16;

static inline mask first_lanes(int64_t n) { return n >= 16 ? mask(0xffff) : mask((1u << n) - 1u); }
static inline vf zero() { return {_mm512_setzero_ps()}; }
static inline vf splat(float x) { return {_mm512_set1_ps(x)}; }
static inline vf load(const float* p) { return {_mm512_loadu_ps(p)}; }
static inline vf load(const float* p, mask m) { return {_mm512_maskz_loadu_ps(m, p)}; }
static inline vf load(const bf16* p) {
  return {_mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))), 16))};
}
static inline vf load(const bf16* p, mask m) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(m, p)), 16))};
}
static inline void store(float* p, vf a) { _mm512_storeu_ps(p, a.v); }
static inline void store(float* p, vf a, mask m) { _mm512_mask_storeu_ps(p, m, a.v); }
static inline __m256i round_bf16(vf a) {
#ifdef __AVX512BF16__
  return (__m256i)_mm512_cvtneps_pbh(a.v);
#else
  const __m512i u = _mm512_castps_si512(a.v);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(u, 16), _mm512_set1_epi32(1));
  const __m512i r = _mm512_srli_epi32(_mm512_add_epi32(u, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff))), 16);
  const mask nan = _mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q);
  return _mm512_cvtepi32_epi16(_mm512_mask_set1_epi32(r, nan, 0x7fc0));
#endif
}
static inline void store(bf16* p, vf a) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), round_bf16(a)); }
static inline void store(bf16* p, vf a, mask m) { _mm256_mask_storeu_epi16(p, m, round_bf16(a)); }
static inline vf operator+(vf a, vf b) { return {_mm512_add_ps(a.v, b.v)}; }
static inline vf operator-(vf a, vf b) { return {_mm512_sub_ps(a.v, b.v)}; }
static inline vf operator*(vf a, vf b) { return {_mm512_mul_ps(a.v, b.v)}; }
static inline vf operator/(vf a, vf b) { return {_mm512_div_ps(a.v, b.v)}; }
static inline vf fma(vf a, vf b, vf c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
static inline vf max(vf a, vf b) { return {_mm512_max_ps(a.v, b.v)}; }
static inline vf min(vf a, vf b) { return {_mm512_min_ps(a.v, b.v)}; }
static inline vf abs(vf a) { return {_mm512_abs_ps(a.v)}; }
static inline vf copysign(vf magnitude, vf sign) {
  const __m512i bit = _mm512_set1_epi32(INT32_MIN);
  return {_mm512_castsi512_ps(_mm512_or_si512(_mm512_andnot_si512(bit, _mm512_castps_si512(magnitude.v)),
                                              _mm512_and_si512(bit, _mm512_castps_si512(sign.v))))};
}
static inline vf round(vf a) { return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
// A bit a lane; none where one is NaN.
static inline unsigned at_most(vf a, vf b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ); }
static inline vf select(mask m, vf yes, vf no) { return {_mm512_mask_blend_ps(m, no.v, yes.v)}; }
// a * 2^n for integral n, gradual underflow included.
static inline vf scale_by_power(vf a, vf n) { return {_mm512_scalef_ps(a.v, n.v)}; }
// Pairwise tree, so that the order of the sum is the same wherever it is used.
static inline float sum(vf a) { return _mm512_reduce_add_ps(a.v); }
static inline float largest(vf a) { return _mm512_reduce_max_ps(a.v); }

#else  // AVX2

constexpr int kWidth = 8;
struct vf {
  __m256 v;
};
struct mask {
  __m256i lanes;
  int n;
};

static inline mask first_lanes(int64_t n) {
  const int k = n >= 8 ? 8 : static_cast<int>(n);
  return {_mm256_cmpgt_epi32(_mm256_set1_epi32(k), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)), k};
}
static inline vf zero() { return {_mm256_setzero_ps()}; }
static inline vf splat(float x) { return {_mm256_set1_ps(x)}; }
static inline vf load(const float* p) { return {_mm256_loadu_ps(p)}; }
static inline vf load(const float* p, mask m) { return {_mm256_maskload_ps(p, m.lanes)}; }
static inline vf load(const bf16* p) {
  return {_mm256_castsi256_ps(
      _mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))), 16))};
}
static inline vf load(const bf16* p, mask m) {
  bf16 full[8] = {};
  for (int i = 0; i < m.n; ++i) full[i] = p[i];
  return load(full);
}
static inline void store(float* p, vf a) { _mm256_storeu_ps(p, a.v); }
static inline void store(float* p, vf a, mask m) { _mm256_maskstore_ps(p, m.lanes, a.v); }
static inline void store(bf16* p, vf a, mask m) {
  float full[8];
  store(full, a);
  for (int i = 0; i < m.n; ++i) p[i] = to_bf16(full[i]);
}
static inline void store(bf16* p, vf a) { store(p, a, first_lanes(8)); }
static inline vf operator+(vf a, vf b) { return {_mm256_add_ps(a.v, b.v)}; }
static inline vf operator-(vf a, vf b) { return {_mm256_sub_ps(a.v, b.v)}; }
static inline vf operator*(vf a, vf b) { return {_mm256_mul_ps(a.v, b.v)}; }
static inline vf operator/(vf a, vf b) { return {_mm256_div_ps(a.v, b.v)}; }
static inline vf fma(vf a, vf b, vf c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
static inline vf max(vf a, vf b) { return {_mm256_max_ps(a.v, b.v)}; }
static inline vf min(vf a, vf b) { return {_mm256_min_ps(a.v, b.v)}; }
static inline vf abs(vf a) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)}; }
static inline vf copysign(vf magnitude, vf sign) {
  const __m256 bit = _mm256_set1_ps(-0.0f);
  return {_mm256_or_ps(_mm256_andnot_ps(bit, magnitude.v), _mm256_and_ps(bit, sign.v))};
}
static inline vf round(vf a) { return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
static inline unsigned at_most(vf a, vf b) {
  return static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)));
}
static inline vf select(mask m, vf yes, vf no) { return {_mm256_blendv_ps(no.v, yes.v, _mm256_castsi256_ps(m.lanes))}; }
static inline vf scale_by_power(vf a, vf n) {
  // In two halves: 2^n alone leaves the range of f32 where a * 2^n does not.
  const __m256i k = _mm256_cvtps_epi32(n.v), half = _mm256_srai_epi32(k, 1);
  const auto power = [](__m256i e) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(e, _mm256_set1_epi32(127)), 23));
  };
  return {_mm256_mul_ps(_mm256_mul_ps(a.v, power(half)), power(_mm256_sub_epi32(k, half)))};
}
static inline float sum(vf a) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_shuffle_ps(s, s, 1)));
}
static inline float largest(vf a) {
  __m128 s = _mm_max_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  s = _mm_max_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_max_ss(s, _mm_shuffle_ps(s, s, 1)));
}

#endif

// e^x. Cephes' expf: x = n ln2 + r with |r| <= ln2/2, a polynomial of degree 7 in r, times 2^n; within 2 ulp.
// Below -87.3 (the smallest normal) the result is 0 or close to it, NaN stays NaN.
static inline vf exp(vf x) {
  // Operands in this order: min and max return the second where one is NaN.
  const vf c = max(splat(-104.0f), min(splat(88.7228f), x));
  const vf n = round(c * splat(1.44269504088896341f));
  vf r = fma(n, splat(-0.693359375f), c);
  r = fma(n, splat(2.12194440e-4f), r);
  vf p = splat(1.9875691500e-4f);
  p = fma(p, r, splat(1.3981999507e-3f));
  p = fma(p, r, splat(8.3334519073e-3f));
  p = fma(p, r, splat(4.1665795894e-2f));
  p = fma(p, r, splat(1.6666665459e-1f));
  p = fma(p, r, splat(5.0000001201e-1f));
  p = fma(p, r * r, r + splat(1.0f));
  return scale_by_power(p, n);
}

static inline vf sigmoid(vf x) { return splat(1.0f) / (splat(1.0f) + exp(splat(0.0f) - x)); }

// tanh x = 1 - 2 / (e^2x + 1) on |x|, the sign put back. Absolute error about 1e-7.
static inline vf tanh(vf x) {
  const vf a = abs(x);
  const vf t = splat(1.0f) - splat(2.0f) / (exp(a + a) + splat(1.0f));
  return copysign(t, x);
}

// erf x by Abramowitz and Stegun, formula 7.1.26: absolute error at most 1.5e-7.
static inline vf erf(vf x) {
  const vf a = abs(x);
  const vf t = splat(1.0f) / fma(splat(0.3275911f), a, splat(1.0f));
  vf p = splat(1.061405429f);
  p = fma(p, t, splat(-1.453152027f));
  p = fma(p, t, splat(1.421413741f));
  p = fma(p, t, splat(-0.284496736f));
  p = fma(p, t, splat(0.254829592f));
  return copysign(splat(1.0f) - p * t * exp(splat(0.0f) - a * a), x);
}

}  // namespace EVOSIFT_ISA
}  // namespace evosift

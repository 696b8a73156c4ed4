// Package circle holds the circle group x² + y² = 1 over M31 and QM31, the
// domains on which a Circle STARK evaluates its columns, and the circle FFT.
//
// The group over M31 is cyclic of order 2³¹ and is written additively.
// [Index] i stands for the point i·G. The domains are:
//
//   - [Coset]: initial + ⟨step⟩, in this order ("coset order").
//   - [CanonicCoset]: G₂ₙ + ⟨Gₙ⟩, the coset on which a trace column of n rows lies.
//   - [Domain]: a half coset followed by its conjugate. The canonic domain of
//     size n is the canonic coset in another order; evaluations are stored in
//     the bit-reversed order of the domain.
//
// A polynomial of 2ᵏ coefficients is held in the FFT basis: coefficient j, bits
// j₀ (lowest) … j_{k−1}, multiplies y^{j₀} · x^{j₁} · π(x)^{j₂} · π²(x)^{j₃} …
// with π(x) = 2x² − 1.
//
// Source: U. Haböck, D. Levit, S. Papini, "Circle STARKs" (eprint 2024/278);
// orders and generators are those of Stwo 2.3.0.
package circle

//go:generate go run -C ../internal/gen ./circle -out ../../circle/kernels_amd64.s -stubs ../../circle/kernels_amd64.go -pkg circle

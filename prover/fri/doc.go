// Package fri is the prover's side of the low-degree proof: it folds a
// polynomial over QM31 layer by layer, commits to each layer, and opens the
// layers at the queried positions.
//
// Folding happens on coefficients. A fold by α halves the basis,
//
//	2·f = f₀ + y·f₁ (first, circle to line) or f₀ + x·f₁ (line to line),
//	fold(f) = f₀ + α·f₁,
//
// so coefficient i of the fold is 2·(c₂ᵢ + α·c₂ᵢ₊₁): no layer's values are ever
// needed but for hashing them. α is squared from one halving to the next within a
// layer's step.
//
// Verification lives in package verify. Source: crate stwo 2.3.0; U. Haböck,
// D. Levit, S. Papini, "Circle STARKs" (eprint 2024/278).
package fri

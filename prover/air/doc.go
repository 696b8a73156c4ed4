// Package air describes algebraic intermediate representations: which columns
// an execution trace has and which polynomial constraints hold between them.
//
// An AIR's package writes the constraints of each component once, with a
// [Builder], as expressions over named columns and challenges. [Compose] makes an
// [AIR] of one or several components, which may differ in size, share
// preprocessed columns and look each other up through a [Relation]. The result is
// plain data with several readers:
//
//   - a verifier evaluates it at one out-of-domain point ([AIR.EvalAtPoint]),
//   - a prover evaluates it on batches of domain points ([Evaluator]) and derives
//     the columns of lookups from it ([AIR.Interaction]),
//   - both take degrees, masks and the proof's shape from it.
//
// Expressions are hash-consed: writing the same subexpression twice costs
// nothing, and a batch evaluates every node once.
//
// Source: crates stwo and stwo-constraint-framework 2.3.0, whose column orders,
// lookups (LogUp) and lifting of smaller components these are.
package air

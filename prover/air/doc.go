// Package air describes algebraic intermediate representations: which columns
// an execution trace has and which polynomial constraints hold between them.
//
// An AIR's package writes its constraints once, with a [Builder], as
// expressions over columns and challenges. The resulting [Component] is plain
// data with three readers:
//
//   - a verifier evaluates it at one out-of-domain point ([Component.EvalAtPoint]),
//   - a prover evaluates it on batches of domain points ([Evaluator]),
//   - both take degrees, masks and the proof's shape from it.
//
// Expressions are hash-consed: writing the same subexpression twice costs
// nothing, and a batch evaluates every node once.
package air

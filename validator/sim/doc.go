// Package sim runs validators against each other in simulated time: honest ones (the real
// bft.Instance over a simulated disk and network), adversaries that hold keys (Behaviour) and
// adversaries that hold the network (Weather). A run is a pure function of its Config, so that a
// failing seed is a reproduction.
//
// One adversary a file. Signatures are keyed hashes instead of elliptic-curve ones: fast, and
// nobody in the simulation can make another's.
package sim

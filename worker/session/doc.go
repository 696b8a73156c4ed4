// Package session keeps a worker connected to its coordinator: it answers the challenge with the node
// key, sends heartbeats, reconnects after a cut with jittered back-off and says then which attempts
// it still holds.
//
// The coordinator is not trusted. Frames are bounded and decoded strictly; the challenge must name
// the network, chain and coordinator of the worker's own profile, so that a signature cannot be
// relayed to another; and nothing that arrives here commits the worker to anything.
package session

// Package p2p is the peer-to-peer room: libp2p hosts, how they find each other, the topic on which
// validators vote, and the exchange of proofs, results and inputs by content address. Validators,
// workers and coordinators use it.
//
// # Identity
//
// A host is known by its node key (secp256k1), a key of its own that signs neither money nor
// votes. Connections are encrypted and authenticated by it (Noise or TLS 1.3).
//
// # Topics
//
// Gossipsub with strict signing. A topic has a size limit and a validation function that runs
// before a message is relayed: what it rejects goes no further and costs the sender score, what it
// ignores goes no further and costs nothing.
//
// # Blobs: /sage/blob/1
//
// The requester opens a stream and writes 36 bytes: the BLAKE3 hash of the blob and the greatest size
// it takes (u32). The server answers with one status byte (0 found, 1 not found, 2 too large, 3 busy) and,
// after 0, the size (u32) and the bytes. Integers are big-endian. The requester stops at its limit,
// hashes as it reads, and takes nothing whose hash is another.
//
// # Security
//
// Peers are hostile. Everything is bounded: connections, streams for a peer and in all, sizes, time.
// A blob is what its hash says or nothing at all. Nobody is trusted for being connected.
package p2p

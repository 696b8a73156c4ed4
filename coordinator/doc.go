// Package coordinator puts the rooms of a coordinator together: store, leases, dispatch, worker
// sessions, settlement, blobs and the HTTP interface.
//
// A coordinator serves one owner, the payer of its jobs. [New] takes an open store and the chain, and
// makes a [Node]; [Node.Run] runs it. Everything that must survive is in the store and the blob folder: a
// node may be killed at any point and started again.
package coordinator

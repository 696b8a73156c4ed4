// Package worker is the daemon of a proving machine. It joins its rooms:
//
//   - session: the connection to the coordinator;
//   - executor: the way of each attempt, from offer to payment, recorded in journal;
//   - onchain: the executor's view of the contracts and its transactions;
//   - depot and blobs: results and proofs on their way to the coordinator, and on this disk;
//   - hardware: what the machine has, and the signed manifest that says so;
//   - identity: node key and payload key; policy: which attempts are accepted;
//   - account: what a person does with the worker's account: stake, register, claim.
//
// Heartbeats go on while a proof is computed, and a proof goes on while the connection is cut.
package worker

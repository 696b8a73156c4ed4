// Package job is the vocabulary of a job: its identifier, its specification, its states and the
// terms that a worker accepts. It is pure: no network, no disk, no clock.
//
// A job is what a requester wants computed. It is tried in numbered attempts, each of them a
// contract between the job's owner and one worker. The contracts hold the binding state machine;
// [State] is the finer off-chain view that the coordinator keeps of the current attempt.
package job

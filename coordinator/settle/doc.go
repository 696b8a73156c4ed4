// Package settle drives jobs and attempts on the chain: create, assign and pay, follow, finalize,
// release, refund, and everything that anyone may call when a window is over.
//
// The work is cut into tasks ([store.Task]) that are enqueued in the transaction of the change which
// calls for them, so that a crash loses none. [Engine.Step] runs one task. A step is level-triggered:
// it reads the store and the chain, decides, does at most one thing, and looks again. It may be
// killed at any point and run any number of times: before it sends anything it looks whether the chain
// has it already, and a transaction whose outcome is unknown is brought to an end first, with the same
// bytes (chain.Sender's journal, kept in the store). The chain gives every (job, attempt) one escrow
// slot that is used once, so nothing here can pay twice.
//
// [Runner] runs the tasks as River jobs with retries and back-off. [Engine.Reconcile], run at start,
// enqueues what the chain's and the store's state call for.
package settle

package dispatch

import (
	"context"
	"sync"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

// inputs computes the input commitments of synthetic jobs, which depend on the worker, beside the rounds:
// a large one takes seconds, in which other jobs want workers. A worker for which one is computed is
// reserved for that job.
type inputs struct {
	ready chan struct{} // holds one token: a commitment is there
	tasks sync.WaitGroup

	mu    sync.Mutex
	byJob map[job.ID]*input
}

// input is one commitment, under way or there.
type input struct {
	worker felt.Felt
	done   bool
	root   job.Hash
	err    error
}

func newInputs() *inputs {
	return &inputs{ready: make(chan struct{}, 1), byJob: map[job.ID]*input{}}
}

// begin computes beside the caller; at most one for each job.
func (i *inputs) begin(j store.Job, worker felt.Felt, compute func() (job.Hash, error)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.byJob[j.ID] != nil {
		return
	}
	one := &input{worker: worker}
	i.byJob[j.ID] = one
	i.tasks.Go(func() {
		root, err := compute()
		i.mu.Lock()
		one.done, one.root, one.err = true, root, err
		i.mu.Unlock()
		select {
		case i.ready <- struct{}{}:
		default:
		}
	})
}

// of returns what there is for a job.
func (i *inputs) of(id job.ID) (input, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	one := i.byJob[id]
	if one == nil {
		return input{}, false
	}
	return *one, true
}

// forget drops a commitment that was used or is of no use.
func (i *inputs) forget(id job.ID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.byJob, id)
}

// retain drops what is there for jobs that want no worker any more.
func (i *inputs) retain(wanting []store.Job) {
	wanted := make(map[job.ID]bool, len(wanting))
	for _, j := range wanting {
		wanted[j.ID] = true
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for id, one := range i.byJob {
		if one.done && !wanted[id] {
			delete(i.byJob, id)
		}
	}
}

// synthetic takes a synthetic job a step further: it begins to compute the commitment for a worker that
// fits, or claims the worker for which it is there. It reports whether the job was assigned.
func (d *Dispatcher) synthetic(ctx context.Context, j store.Job, p pool) (bool, error) {
	if one, ok := d.inputs.of(j.ID); ok {
		if !one.done {
			return false, nil
		}
		d.inputs.forget(j.ID)
		if p.busy[one.worker] == j.ID {
			delete(p.busy, one.worker)
		}
		if one.err != nil {
			return false, one.err
		}
		if chosen, ok, _ := d.choose(ctx, j, p.only(one.worker)); ok {
			return true, d.claim(ctx, j, chosen, one.root, p)
		}
	}
	chosen, ok, _ := d.choose(ctx, j, p)
	if !ok {
		return false, nil
	}
	p.busy[chosen] = j.ID
	d.inputs.begin(j, chosen, func() (job.Hash, error) { return d.Inputs.Commit(ctx, j.Spec, chosen) })
	return false, nil
}

// only is the pool with one of its workers.
func (p pool) only(worker felt.Felt) pool {
	for _, w := range p.workers {
		if w.Address == worker {
			p.workers = []store.Worker{w}
			return p
		}
	}
	p.workers = nil
	return p
}

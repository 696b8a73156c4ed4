package validator

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/wire"
)

// epochsKept is how many tables stay loaded: no attempt lives longer.
const epochsKept = 16

// voteVerifier checks votes by the STARK curve.
type voteVerifier struct{}

var errSignature = errors.New("validator: not a signature of the vote by the validator's vote key")

// Verify implements bft.Verifier.
func (voteVerifier) Verify(key felt.Felt, vote wire.Vote) error {
	public, err := starkhash.NewPublicKey(key)
	if err != nil {
		return err
	}
	if !public.Verify(vote.Hash(), vote.Signature) {
		return errSignature
	}
	return nil
}

// tables holds who votes in which epoch. A table never changes once its epoch has begun.
type tables struct {
	chain                  Chain
	chainID, proofVerifier felt.Felt

	mu      sync.Mutex
	current uint64 // the latest epoch that is known to have begun
	epochs  map[uint64]*loading
}

// loading is a table, or the attempt to load it.
type loading struct {
	done      chan struct{} // closed when the fields below are set
	admission *bft.Admission
	err       error
	at        time.Time
}

// retryTable is how long a table that could not be loaded is not asked for again.
const retryTable = time.Second

func newTables(chain Chain, chainID, proofVerifier felt.Felt) *tables {
	return &tables{chain: chain, chainID: chainID, proofVerifier: proofVerifier, epochs: make(map[uint64]*loading)}
}

// advance notes the current epoch and forgets tables that no attempt lives under any more.
func (t *tables) advance(epoch uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current = max(t.current, epoch)
	for e := range t.epochs {
		if e+epochsKept < t.current {
			delete(t.epochs, e)
		}
	}
}

// plausible tells whether a vote may name the epoch: one that lives, or the next one, which may have
// begun since the last look at the chain.
func (t *tables) plausible(epoch uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return epoch <= t.current+1 && epoch+epochsKept >= t.current
}

// get returns an epoch's table, loading it when needed: once for all who wait, and not again right
// after a failure.
func (t *tables) get(ctx context.Context, epoch uint64) (*bft.Admission, error) {
	t.mu.Lock()
	l, ok := t.epochs[epoch]
	if ok {
		select {
		case <-l.done:
			ok = l.err == nil || time.Since(l.at) < retryTable
		default:
		}
	}
	if !ok {
		l = &loading{done: make(chan struct{})}
		t.epochs[epoch] = l
	}
	t.mu.Unlock()
	if !ok {
		l.admission, l.err = t.load(ctx, epoch)
		l.at = time.Now()
		close(l.done)
	}
	select {
	case <-l.done:
		return l.admission, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (t *tables) load(ctx context.Context, epoch uint64) (*bft.Admission, error) {
	members, _, err := t.chain.Table(ctx, epoch)
	if err != nil {
		return nil, fmt.Errorf("validator: table of epoch %d: %w", epoch, err)
	}
	table, err := bft.NewTable(epoch, members)
	if err != nil {
		return nil, err
	}
	return bft.NewAdmission(t.chainID, t.proofVerifier, table, voteVerifier{}), nil
}

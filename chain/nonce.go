package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Behind one address there may be several nodes, of which some are behind the others. What one of them says of an account's
// nonce can be older than what another has said before. The journal knows better: an entry that a block held has used its
// nonce for as long as that block stands, which a node that has the block tells.

// DefaultPatience is how long a sender asks on when a node's answers contradict what it knows.
const DefaultPatience = 30 * time.Second

// nonce returns the account's next nonce, counting transactions that are about to be accepted; zero for an account that is
// not deployed. It may be older than the journal: see believe.
func (s *Sender) nonce(ctx context.Context) (uint64, error) {
	return s.nonceAt(ctx, preConfirmed)
}

func (s *Sender) nonceAt(ctx context.Context, block any) (uint64, error) {
	n, err := s.client.nonceAt(ctx, s.address, block)
	if answer, ok := errors.AsType[*RPCError](err); ok && answer.Code == codeContractNotFound {
		return 0, nil
	}
	return n, err
}

// believe returns the nonce to go on with, and the entries that are to be brought to an end: those that are open, and those
// whose blocks were replaced by others without them. said is what the node says, entries what Journal.Open has for it.
func (s *Sender) believe(ctx context.Context, said uint64, entries []Entry) (uint64, []Entry, error) {
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		if !e.Accepted || e.Nonce < said {
			continue
		}
		in, err := s.nonceAfter(ctx, e)
		if err != nil {
			return 0, nil, err
		}
		said = max(said, in)
	}
	var left []Entry
	for _, e := range entries {
		if !e.Accepted || e.Nonce >= said {
			left = append(left, e)
		}
	}
	return said, left, nil
}

// nonceAfter returns the account's nonce after the block that held an accepted entry. It waits for a node that has a block of
// that number; one answer of one node tells both.
func (s *Sender) nonceAfter(ctx context.Context, e Entry) (uint64, error) {
	var after uint64
	err := s.patiently(ctx, func() (bool, error) {
		n, err := s.nonceAt(ctx, blockNumber(e.Block))
		if errors.Is(err, ErrNotFound) {
			return false, nil
		}
		after = n
		return true, err
	})
	if errors.Is(err, errImpatient) {
		return 0, fmt.Errorf("%w: block %d holds transaction %s of account %s, and the node has no such block",
			ErrBehind, e.Block, e.Hash.String(), s.address.String())
	}
	return after, err
}

// look asks for the nonce and for the entry until a node knows the entry or patience ends. The nonce is the highest that
// was heard: nonces fall only where blocks are replaced.
func (s *Sender) look(ctx context.Context, e Entry) (nonce uint64, known bool, err error) {
	err = s.patiently(ctx, func() (bool, error) {
		// The nonce comes first: a node that counts it as used knows the transaction that used it.
		n, err := s.nonce(ctx)
		if err != nil {
			return false, err
		}
		nonce = max(nonce, n)
		known, err = s.client.known(ctx, e.Hash)
		return known, err
	})
	if errors.Is(err, errImpatient) {
		err = nil
	}
	return nonce, known, err
}

var errImpatient = errors.New("chain: patience is over")

// patiently asks until ask says that it is done, at least once.
func (s *Sender) patiently(ctx context.Context, ask func() (done bool, err error)) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	patience := time.NewTimer(s.patience)
	defer patience.Stop()
	for {
		done, err := ask()
		if err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-patience.C:
			return errImpatient
		case <-ticker.C:
		}
	}
}

// estimate returns the most that the transaction may cost. A node that does not know the nonces before it is asked again.
func (s *Sender) estimate(ctx context.Context, t *transaction) (most *big.Int, err error) {
	var last error
	err = s.patiently(ctx, func() (bool, error) {
		if most, last = s.client.estimate(ctx, t, s.signer, s.headroom); nonceRefused(last) {
			return false, nil
		}
		return true, last
	})
	if errors.Is(err, errImpatient) {
		err = last
	}
	return most, err
}

// nonceRefused says that a node refuses a nonce in an estimation, where nothing was sent.
func nonceRefused(err error) bool {
	if answer, ok := errors.AsType[*RPCError](err); ok {
		return answer.Code == codeInvalidNonce || strings.Contains(answer.Error(), "transaction nonce")
	}
	if refusal, ok := errors.AsType[*RevertError](err); ok {
		return strings.Contains(refusal.Trace, "transaction nonce")
	}
	return false
}

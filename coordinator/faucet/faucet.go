// Package faucet hands out test tokens, at a bounded rate per address and per source.
package faucet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wire"
)

var (
	// ErrAddress: the address is no account address.
	ErrAddress = errors.New("faucet: not an account address")
	// ErrLimit: the address or its source was served too often.
	ErrLimit = errors.New("faucet: limit reached")
)

// Grant is what was sent.
type Grant struct {
	Transaction     felt.Felt
	FeeTokens, SAGE *big.Int // FRI and wei
}

// Bank sends tokens: fee tokens and SAGE in one transaction. It returns once the transaction is accepted
// on L2.
type Bank interface {
	Grant(ctx context.Context, to felt.Felt) (Grant, error)
}

// Limits of a faucet, within Window.
type Limits struct {
	Window     time.Duration
	PerAddress int
	PerSource  int
}

// DefaultLimits serve an address once a day and a source twenty times.
var DefaultLimits = Limits{Window: 24 * time.Hour, PerAddress: 1, PerSource: 20}

// Faucet serves requests. It is safe for concurrent use.
type Faucet struct {
	Store  store.Store
	Bank   Bank
	Limits Limits
	Log    *slog.Logger
}

// sendTime bounds the time that one grant waits for the chain.
const sendTime = 3 * time.Minute

// Serve sends tokens to an address. The grant is booked before anything is sent, so that concurrent
// requests cannot exceed a limit; it is taken back when nothing was sent. It ends when the
// tokens are there, even if ctx ends before: the limits hold for who hangs up, too.
func (f *Faucet) Serve(ctx context.Context, to felt.Felt, source string) (wire.FaucetResponse, error) {
	if !starkhash.IsAddress(to) {
		return wire.FaucetResponse{}, fmt.Errorf("%w: %s", ErrAddress, to.String())
	}
	var booked store.Grant
	err := f.Store.Update(ctx, func(tx store.Tx) error {
		address, origin, err := tx.CountGrants(ctx, to, source, tx.Now().Add(-f.Limits.Window))
		switch {
		case err != nil:
			return err
		case address >= f.Limits.PerAddress:
			return fmt.Errorf("%w: %s was served %d times within %s, at most %d", ErrLimit, to.String(), address, f.Limits.Window, f.Limits.PerAddress)
		case origin >= f.Limits.PerSource:
			return fmt.Errorf("%w: your network address asked %d times within %s, at most %d", ErrLimit, origin, f.Limits.Window, f.Limits.PerSource)
		}
		booked = store.Grant{Address: to, Source: source, At: tx.Now()}
		return tx.PutGrant(ctx, booked)
	})
	if err != nil {
		return wire.FaucetResponse{}, err
	}
	// Who asks and goes away changes nothing: what was booked is sent, and what is sent stays booked.
	sending, end := context.WithTimeout(context.WithoutCancel(ctx), sendTime)
	defer end()
	sent, err := f.Bank.Grant(sending, to)
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err != nil && sending.Err() != nil { // it may still arrive
		return wire.FaucetResponse{}, fmt.Errorf("faucet: %w", err)
	}
	if err != nil {
		undo := f.Store.Update(settle, func(tx store.Tx) error { return tx.DeleteGrant(settle, booked) })
		return wire.FaucetResponse{}, errors.Join(fmt.Errorf("faucet: %w", err), undo)
	}
	booked.Transaction = sent.Transaction
	if err := f.Store.Update(settle, func(tx store.Tx) error { return tx.PutGrant(settle, booked) }); err != nil {
		f.Log.Error("a grant's transaction was not noted", "error", err)
	}
	f.Log.Info("faucet", "address", to.String(), "transaction", sent.Transaction.String())
	return wire.FaucetResponse{Transaction: wire.Felt(sent.Transaction), FeeTokens: sent.FeeTokens, SAGE: sent.SAGE}, nil
}

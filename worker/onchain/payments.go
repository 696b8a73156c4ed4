package onchain

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/worker/executor"
)

// errNoEvent means that the node does not (yet) have the event of a locked payment.
var errNoEvent = errors.New("onchain: no payment is locked for this attempt")

// Payments opens escrows with the worker's private account.
type Payments struct {
	client    *chain.Client
	router    bindings.PrivacyRouter
	account   *privacy.Account
	fromBlock uint64
}

var _ executor.Payments = (*Payments)(nil)

// NewPayments looks for payments from the given block on, the one of the router's deployment.
func NewPayments(client *chain.Client, router felt.Felt, account *privacy.Account, fromBlock uint64) *Payments {
	return &Payments{client: client, router: bindings.NewPrivacyRouter(router, client), account: account, fromBlock: fromBlock}
}

// OpenEscrow finds the event of the locked payment, checks it against the contract and decrypts it.
func (p *Payments) OpenEscrow(ctx context.Context, key executor.Key) (uint64, felt.Felt, error) {
	event, err := p.Locked(ctx, key)
	if err != nil {
		return 0, felt.Felt{}, err
	}
	escrowed, err := p.account.CheckEscrow(ctx, key.Job, key.Attempt, event)
	if errors.Is(err, privacy.ErrEscrow) {
		return 0, felt.Felt{}, fmt.Errorf("%w: %w", executor.ErrEscrow, err)
	}
	if err != nil {
		return 0, felt.Felt{}, err
	}
	return escrowed.Units, escrowed.Hash, nil
}

// Locked finds the PaymentLocked event of an attempt. There is at most one: a slot is used once. What it
// says is a claim until it was checked against the contract.
func (p *Payments) Locked(ctx context.Context, key executor.Key) (bindings.PrivacyRouterPaymentLocked, error) {
	return locked(ctx, p.client, p.router.Address(), p.fromBlock, key)
}

func locked(ctx context.Context, client *chain.Client, router felt.Felt, fromBlock uint64, key executor.Key) (bindings.PrivacyRouterPaymentLocked, error) {
	var event bindings.PrivacyRouterPaymentLocked
	keys := [][]felt.Felt{}
	for _, k := range event.EventKeys() {
		keys = append(keys, []felt.Felt{k})
	}
	keys = append(keys, []felt.Felt{key.Job.Felt()}, []felt.Felt{starkhash.Uint64(uint64(key.Attempt))})
	filter := chain.Filter{Contract: router, Keys: keys, From: fromBlock, To: math.MaxUint64}
	for e, err := range client.Events(ctx, filter) {
		if err != nil {
			return event, err
		}
		decoded, err := abi.DecodeEvent(e, &event)
		if err != nil {
			return event, fmt.Errorf("%w: %w", executor.ErrEscrow, err)
		}
		return *decoded.(*bindings.PrivacyRouterPaymentLocked), nil
	}
	return event, fmt.Errorf("%w: %s", errNoEvent, key)
}

package privacy

import (
	"context"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
)

// Sequence builds calls of one account that follow each other in one transaction: each is made for the state that the
// one before it leaves, so that several payments go into one block. A call that fails to be built leaves the sequence
// as it was. The calls hold in their order, and none may be left out but at the end. It is not safe for concurrent use.
type Sequence struct {
	account *Account
	now     loaded // what the account will be after the calls so far
	workers map[felt.Felt]elgamal.PublicKey
	epoch   uint64 // of auditor; 0: not read yet
	auditor elgamal.PublicKey
}

// Sequence begins at the account's state on the chain. It fails as [Account.State] does.
func (a *Account) Sequence(ctx context.Context) (*Sequence, error) {
	now, err := a.load(ctx)
	if err != nil {
		return nil, err
	}
	return &Sequence{account: a, now: now, workers: map[felt.Felt]elgamal.PublicKey{}}, nil
}

// Balance is the number of units after the calls so far.
func (s *Sequence) Balance() uint64 { return s.now.balance }

// Credits is the number of credits that wait for a rollover.
func (s *Sequence) Credits() uint64 { return s.now.chain.credits }

// step moves to what an own call leaves.
func (s *Sequence) step(balance elgamal.Ciphertext, units uint64) {
	s.now.ctx = s.now.ctx.After(balance)
	s.now.chain.balance, s.now.chain.nonce = balance, s.now.ctx.Nonce
	s.now.balance = units
}

// Deposit builds the two calls (approve, deposit) that turn units of public
// SAGE into private balance. The protocol's fee is taken out of them.
func (s *Sequence) Deposit(ctx context.Context, units uint64) ([]abi.Call, error) {
	a := s.account
	fee, err := a.contracts.Privacy.DepositFee(ctx, units)
	if err != nil {
		return nil, err
	}
	if fee >= units {
		return nil, fmt.Errorf("%w: a deposit of %d units does not cover its fee of %d", elgamal.ErrAmount, units, fee)
	}
	credited := units - fee
	after := s.now.balance + credited
	if after < s.now.balance {
		return nil, fmt.Errorf("%w: the balance would exceed a u64", elgamal.ErrAmount)
	}
	balance := s.now.chain.balance.AddPlain(credited)
	hint, err := elgamal.SealBalance(a.key, s.now.ctx.After(balance), after)
	if err != nil {
		return nil, err
	}
	wei, err := abi.U256FromBig(amount.FromUnits(units))
	if err != nil {
		return nil, err
	}
	nonce := s.now.ctx.Nonce
	s.step(balance, after)
	return []abi.Call{
		a.contracts.Token.Approve(a.contracts.Privacy.Address(), wei),
		a.contracts.Privacy.Deposit(units, nonce, felt.Felt(hint)),
	}, nil
}

// Pay builds the call that locks units for one attempt, to the account of its
// assigned worker. It fails with elgamal.ErrInsufficient, ErrNotRegistered when
// the worker has no account, or ErrNoAuditor.
func (s *Sequence) Pay(ctx context.Context, id job.ID, attempt uint32, worker felt.Felt, units uint64) (abi.Call, error) {
	a := s.account
	to, err := s.worker(ctx, worker)
	if err != nil {
		return abi.Call{}, err
	}
	if s.epoch == 0 {
		if s.epoch, s.auditor, err = a.auditor(ctx); err != nil {
			return abi.Call{}, err
		}
	}
	st := elgamal.PayStatement{
		Context: s.now.ctx, PayerKey: a.key.Public(), WorkerKey: to, AuditorKey: s.auditor,
		JobID: id.Felt(), Attempt: attempt, Worker: worker,
	}
	st.KeyEpoch = s.epoch
	payment, err := elgamal.ProvePay(nil, st, a.key, s.now.balance, units)
	if err != nil {
		return abi.Call{}, err
	}
	bound, err := toBinding(payment.Felts(), bindings.DecodePayment)
	if err != nil {
		return abi.Call{}, err
	}
	s.step(st.Leftover(payment.Lo, payment.Hi), s.now.balance-units)
	return a.contracts.Payments.Pay(abi.U128(id), attempt, s.epoch, bound), nil
}

// worker returns a worker's key.
func (s *Sequence) worker(ctx context.Context, address felt.Felt) (elgamal.PublicKey, error) {
	if key, known := s.workers[address]; known {
		return key, nil
	}
	to, err := s.account.read(ctx, address)
	if err != nil {
		return elgamal.PublicKey{}, fmt.Errorf("worker: %w", err)
	}
	s.workers[address] = to.key
	return to.key, nil
}

// Rollover builds the call that adds pending credits to the balance. It fails
// with ErrNothingPending. The chain refuses it when another credit arrives
// first: begin again then.
func (s *Sequence) Rollover(ctx context.Context) (abi.Call, error) {
	a, c := s.account, &s.now.chain
	if c.credits == 0 {
		return abi.Call{}, fmt.Errorf("%w for %s", ErrNothingPending, a.address.String())
	}
	pending, err := a.pending(ctx, s.now)
	if err != nil {
		return abi.Call{}, err
	}
	balance := c.balance.Add(elgamal.Join(c.pendingLo, c.pendingHi))
	hint, err := elgamal.SealBalance(a.key, s.now.ctx.After(balance), s.now.balance+pending)
	if err != nil {
		return abi.Call{}, err
	}
	call := a.contracts.Privacy.Rollover(s.now.ctx.Nonce, c.credits, felt.Felt(hint))
	c.credits, c.pendingLo, c.pendingHi = 0, elgamal.Ciphertext{}, elgamal.Ciphertext{}
	s.step(balance, s.now.balance+pending)
	return call, nil
}

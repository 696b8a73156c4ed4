package privacy

import (
	"context"
	"errors"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/job"
)

// Register builds the call that opens the account under its key. It fails with
// ErrRegistered, or ErrForeignKey when another key was registered.
func (a *Account) Register(ctx context.Context) (abi.Call, error) {
	raw, err := a.read(ctx, a.address)
	switch {
	case err == nil && raw.key.Equal(a.key.Public()):
		return abi.Call{}, fmt.Errorf("%w: %s", ErrRegistered, a.address.String())
	case err == nil:
		return abi.Call{}, fmt.Errorf("%w: %s", ErrForeignKey, a.address.String())
	case !errors.Is(err, ErrNotRegistered):
		return abi.Call{}, err
	}
	proof, err := elgamal.ProveRegister(nil, a.context(0, elgamal.Ciphertext{}), a.key)
	if err != nil {
		return abi.Call{}, err
	}
	bound, err := toBinding(proof.Felts(), bindings.DecodeKeyProof)
	if err != nil {
		return abi.Call{}, err
	}
	return a.contracts.Privacy.Register(bindingPoint(a.key.Public().Point()), bound), nil
}

// Deposit is [Sequence.Deposit] by itself.
func (a *Account) Deposit(ctx context.Context, units uint64) ([]abi.Call, error) {
	s, err := a.Sequence(ctx)
	if err != nil {
		return nil, err
	}
	return s.Deposit(ctx, units)
}

// Pay is [Sequence.Pay] by itself.
func (a *Account) Pay(ctx context.Context, id job.ID, attempt uint32, worker felt.Felt, units uint64) (abi.Call, error) {
	s, err := a.Sequence(ctx)
	if err != nil {
		return abi.Call{}, err
	}
	return s.Pay(ctx, id, attempt, worker, units)
}

// Rollover is [Sequence.Rollover] by itself.
func (a *Account) Rollover(ctx context.Context) (abi.Call, error) {
	s, err := a.Sequence(ctx)
	if err != nil {
		return abi.Call{}, err
	}
	return s.Rollover(ctx)
}

// Withdraw builds the call that pays units of the balance to a Starknet
// account, publicly.
func (a *Account) Withdraw(ctx context.Context, to felt.Felt, units uint64) (abi.Call, error) {
	s, err := a.load(ctx)
	if err != nil {
		return abi.Call{}, err
	}
	st := elgamal.WithdrawStatement{Context: s.ctx, Key: a.key.Public(), To: to, Amount: units}
	w, err := elgamal.ProveWithdraw(nil, st, a.key, s.balance)
	if err != nil {
		return abi.Call{}, err
	}
	bound, err := toBinding(w.Felts(), bindings.DecodeWithdrawal)
	if err != nil {
		return abi.Call{}, err
	}
	return a.contracts.Privacy.Withdraw(to, units, bound), nil
}

// Ragequit builds the call that pays the whole balance to a Starknet account
// with the smallest proof there is, which reveals it. Pending stays: roll it
// over before.
func (a *Account) Ragequit(ctx context.Context, to felt.Felt) (abi.Call, error) {
	s, err := a.load(ctx)
	if err != nil {
		return abi.Call{}, err
	}
	st := elgamal.RagequitStatement{Context: s.ctx, Key: a.key.Public(), To: to, Amount: s.balance}
	proof, err := elgamal.ProveRagequit(nil, st, a.key)
	if err != nil {
		return abi.Call{}, err
	}
	bound, err := toBinding(proof.Felts(), bindings.DecodeKeyProof)
	if err != nil {
		return abi.Call{}, err
	}
	return a.contracts.Privacy.Ragequit(to, s.balance, bound), nil
}

// auditor returns the current auditor key.
func (a *Account) auditor(ctx context.Context) (uint64, elgamal.PublicKey, error) {
	epoch, _, err := a.contracts.Privacy.AuditorEpoch(ctx)
	if err != nil {
		return 0, elgamal.PublicKey{}, err
	}
	if epoch == 0 {
		return 0, elgamal.PublicKey{}, fmt.Errorf("%w: the router's owner has to install one", ErrNoAuditor)
	}
	p, err := a.contracts.Privacy.AuditorKey(ctx, epoch)
	if err != nil {
		return 0, elgamal.PublicKey{}, err
	}
	key, err := elgamal.NewPublicKey(p.X, p.Y)
	if err != nil {
		return 0, elgamal.PublicKey{}, fmt.Errorf("auditor key of epoch %d: %w", epoch, err)
	}
	return epoch, key, nil
}

// RotateAuditor builds the call with which the router's owner installs the next
// auditor key. The proof of possession is made with the auditor's secret and is
// bound to the owner's address and to the next epoch.
func RotateAuditor(ctx context.Context, contracts Contracts, owner felt.Felt, auditor elgamal.SecretKey) (abi.Call, error) {
	epoch, _, err := contracts.Privacy.AuditorEpoch(ctx)
	if err != nil {
		return abi.Call{}, err
	}
	proof, err := elgamal.ProveRotation(nil, elgamal.Context{
		ChainID: contracts.ChainID, Contract: contracts.Privacy.Address(), Caller: owner,
		Asset: contracts.Token.Address(), KeyEpoch: epoch + 1,
	}, auditor)
	if err != nil {
		return abi.Call{}, err
	}
	bound, err := toBinding(proof.Felts(), bindings.DecodeKeyProof)
	if err != nil {
		return abi.Call{}, err
	}
	return contracts.Privacy.RotateAuditor(bindingPoint(auditor.Public().Point()), bound), nil
}

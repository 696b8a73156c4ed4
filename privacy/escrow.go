package privacy

import (
	"context"
	"errors"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/job"
)

// Escrowed is a payment that waits for this account, as its worker.
type Escrowed struct {
	Units    uint64
	Hash     felt.Felt // what terms_hash covers
	KeyEpoch uint64
	Escrow   bindings.Escrow // the tuple that release and refund supply
}

// CheckEscrow verifies that a locked payment is really there for this account
// as the worker of the attempt, and decrypts it. The event is only a claim: its
// tuple must hash to what the contract stores for (id, attempt), and the amount
// must be what our key decrypts, whatever the hint says. It fails with ErrEscrow.
//
// A worker calls it before it accepts: what it returns cannot be withdrawn by
// the payer except through the attempt's failure.
func (a *Account) CheckEscrow(ctx context.Context, id job.ID, attempt uint32, event bindings.PrivacyRouterPaymentLocked) (Escrowed, error) {
	e, err := parseEscrow(event.Escrow)
	if err != nil {
		return Escrowed{}, fmt.Errorf("%w: %w", ErrEscrow, err)
	}
	if e.JobID != id.Felt() || e.Attempt != attempt {
		return Escrowed{}, fmt.Errorf("%w: it is for job %s attempt %d, want job %s attempt %d", ErrEscrow, e.JobID.String(), e.Attempt, id, attempt)
	}
	if e.Worker != a.address || !e.WorkerKey.Equal(a.key.Public().Point()) {
		return Escrowed{}, fmt.Errorf("%w: it is for %s under key %s", ErrEscrow, e.Worker.String(), e.WorkerKey)
	}
	status, stored, err := a.contracts.Privacy.Escrow(ctx, event.Escrow.JobID, attempt)
	if err != nil {
		return Escrowed{}, err
	}
	if status != bindings.EscrowStatusLocked {
		return Escrowed{}, fmt.Errorf("%w: the slot is %s, want Locked", ErrEscrow, status)
	}
	hash := e.Hash()
	if stored != hash {
		return Escrowed{}, fmt.Errorf("%w: the tuple hashes to %s, the chain has %s", ErrEscrow, hash.String(), stored.String())
	}
	units, err := a.openAsWorker(ctx, e, event.Nonce, elgamal.Hint(event.WorkerHint))
	if err != nil {
		return Escrowed{}, err
	}
	return Escrowed{Units: units, Hash: hash, KeyEpoch: e.KeyEpoch, Escrow: event.Escrow}, nil
}

// openAsWorker decrypts by the hint, or by two searches over 32 bits.
func (a *Account) openAsWorker(ctx context.Context, e elgamal.Escrow, nonce uint64, hint elgamal.Hint) (uint64, error) {
	payer, err := elgamal.NewPublicKey(e.PayerKey.X(), e.PayerKey.Y())
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrEscrow, err)
	}
	st := elgamal.PayStatement{Context: a.context(nonce, elgamal.Ciphertext{}), PayerKey: payer, JobID: e.JobID, Attempt: e.Attempt}
	units, err := st.OpenAsWorker(a.key, e.Lo, e.Hi, hint)
	if !errors.Is(err, elgamal.ErrHint) {
		return units, err
	}
	units, err = a.solver.Payment(ctx, a.key, e.Lo.ForWorker(), e.Hi.ForWorker())
	if err != nil {
		return 0, fmt.Errorf("%w: no amount of 64 bits decrypts it: %w", ErrEscrow, err)
	}
	return units, nil
}

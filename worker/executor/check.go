package executor

import (
	"context"
	"errors"
	"fmt"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/worker/policy"
)

// ErrMismatch means that the chain says something else than the coordinator's payload, or than the
// worker's own computation.
var ErrMismatch = errors.New("does not match the chain")

// agreed is what a successful check establishes.
type agreed struct {
	input     job.Hash
	termsHash [32]byte
	terms     job.Terms
	units     uint64
	a, b      prover.Matrix
}

// check verifies everything that accepting the attempt relies on, cheap things first: the
// specification against the chain, the escrow, the policy, the input commitment from the inputs
// themselves, and at last the hash over terms that contain only values the worker has computed or
// compared.
func (e *Executor) check(ctx context.Context, key Key, spec job.Spec, v View) (agreed, error) {
	terms, err := compareSpec(spec, v)
	if err != nil {
		return agreed{}, err
	}
	if terms.Worker != e.worker {
		return agreed{}, fmt.Errorf("%w: the attempt is assigned to %s", ErrMismatch, terms.Worker.String())
	}
	terms.Job, terms.Attempt = key.Job, key.Attempt
	units, escrowHash, err := e.payments.OpenEscrow(ctx, key)
	if err != nil {
		return agreed{}, fmt.Errorf("the escrow: %w", err)
	}
	if escrowHash != terms.EscrowHash {
		return agreed{}, fmt.Errorf("%w: the escrow hashes to %s, the contract stores %s", ErrMismatch, escrowHash.String(), terms.EscrowHash.String())
	}
	standing, err := e.chain.Standing(ctx, v.MinTier, v.Attested)
	if err != nil {
		return agreed{}, fmt.Errorf("own standing: %w", err)
	}
	e.life.unstaking(standing.Unstaking())
	if err := e.policy.Check(terms, units, standing); err != nil {
		return agreed{}, err
	}
	if e.cfg.Horizon != nil {
		if err := e.cfg.Horizon.Allows(ctx, v.Deadline+terms.Windows.Submit+terms.Windows.Verdict()); err != nil {
			return agreed{}, err
		}
	}
	a, b, err := e.inputs(ctx, spec)
	if err != nil {
		return agreed{}, err
	}
	input, err := e.engine.CommitInput(ctx, a, b)
	if err != nil {
		return agreed{}, fmt.Errorf("%w: input commitment: %w", errCompute, err)
	}
	if input != job.Hash(terms.InputCommitment) {
		return agreed{}, fmt.Errorf("%w: the inputs commit to %s, the contract holds %s", ErrMismatch, input, job.Hash(terms.InputCommitment))
	}
	h := terms.Hash()
	if h != v.TermsHash {
		return agreed{}, fmt.Errorf("%w: the terms hash to %s, the contract holds %s", ErrMismatch, h.String(), v.TermsHash.String())
	}
	return agreed{input: input, termsHash: h.Bytes(), terms: terms, units: units, a: a, b: b}, nil
}

// compareSpec returns the chain's terms after comparing every one that the specification fixes.
func compareSpec(s job.Spec, v View) (job.Terms, error) {
	t := v.Terms
	if h := s.Hash(); h != t.SpecHash {
		return t, fmt.Errorf("%w: the payload's specification hashes to %s, the job's is %s", ErrMismatch, h.String(), t.SpecHash.String())
	}
	for _, c := range []struct {
		name       string
		spec, here uint64
	}{
		{"AIR", job.AIRMatmul, uint64(t.AIR)},
		{"k", uint64(s.K()), uint64(t.K)},
		{"rows", uint64(s.Rows), uint64(t.Rows)},
		{"inner", uint64(s.Inner), uint64(t.Inner)},
		{"columns", uint64(s.Columns), uint64(t.Columns)},
		{"minimum tier", uint64(s.MinTier), uint64(v.MinTier)},
		{"seed block", s.Input.SeedBlock, v.SeedBlock},
	} {
		if c.spec != c.here {
			return t, fmt.Errorf("%w: %s is %d in the specification, %d on-chain", ErrMismatch, c.name, c.spec, c.here)
		}
	}
	if s.Delivery != t.Delivery {
		return t, fmt.Errorf("%w: delivery is %s in the specification, %s on-chain", ErrMismatch, s.Delivery, t.Delivery)
	}
	if synthetic := s.Input.Kind == job.InputSynthetic; synthetic != v.Synthetic {
		return t, fmt.Errorf("%w: synthetic is %v in the specification, %v on-chain", ErrMismatch, synthetic, v.Synthetic)
	}
	return t, nil
}

// errCompute marks failures of the computation itself: they count towards the circuit breaker.
var errCompute = errors.New("computing")

// definite reports whether an error in checking will not go away by waiting: the offer is refused.
func definite(err error) bool {
	for _, target := range []error{ErrMismatch, ErrEscrow, ErrPayload, ErrDepot, errCompute, policy.ErrRefused} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

package scenario

import (
	"context"
	"iter"
	"math/big"
	"path/filepath"
	"strings"
	"time"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/wallet"
)

// slash lets a worker that corrupts its proofs take a job, and checks that it is found out, pays for
// it, and that the job is done by another worker.
func (s *Scenario) slash(ctx context.Context) error {
	if err := <-s.spare; err != nil {
		return err
	}
	cheater, err := wallet.Folder(filepath.Join(s.Cheater.Home, "worker", "wallet")).AccountAddress()
	if err != nil {
		return err
	}
	before, err := s.Contracts.Staking.Worker(ctx, cheater)
	if err != nil {
		return err
	}
	// The cheater is the only worker at hand when the job comes; the honest ones are there for the
	// second attempt.
	if err := s.Worker.Stop(20 * time.Second); err != nil {
		return err
	}
	if err := s.Cheater.Start(); err != nil {
		return err
	}
	if s.SlashedJob, err = s.submitJob(ctx, min(s.Size, 64)); err != nil {
		return err
	}
	first, err := s.awaitAttempt(ctx, s.SlashedJob, 1, append([]bindings.AttemptState{bindings.AttemptStateAccepted}, submitted...)...)
	if err != nil {
		return err
	}
	if first.Worker != cheater {
		return unexpected("attempt 1 went to %s", first.Worker.String())
	}
	s.say(10, "job %s went to a worker that corrupts its proofs", s.SlashedJob)
	if err := s.Second.Start(); err != nil {
		return err
	}
	if first, err = s.awaitAttempt(ctx, s.SlashedJob, 1, bindings.AttemptStateRejected, bindings.AttemptStateApproved, bindings.AttemptStateVoid); err != nil {
		return err
	}
	if first.State != bindings.AttemptStateRejected || first.Verdict != bindings.VerdictInvalid {
		return unexpected("attempt 1 ended %s with verdict %s", first.State, first.Verdict)
	}
	after, err := s.Contracts.Staking.Worker(ctx, cheater)
	if err != nil {
		return err
	}
	lost := new(big.Int).Sub(before.Active.Big(), after.Active.Big())
	tenth := new(big.Int).Div(before.Active.Big(), big.NewInt(10))
	if lost.Cmp(tenth) != 0 || first.Slashed.Big().Cmp(tenth) != 0 || after.Status != bindings.WorkerStatusJailed {
		return unexpected("stake %s → %s SAGE, status %s; a tenth must go, and the rest is below the tier's minimum",
			amount.Format(before.Active.Big()), amount.Format(after.Active.Big()), after.Status)
	}
	staking := s.Contracts.Staking
	_, transaction, err := last(ctx, s.Contracts, staking.Address(), staking.DecodeEvent, func(e *bindings.StakingManagerWorkerSlashed) bool {
		return e.Worker == cheater && e.JobID == abi.U128(s.SlashedJob)
	})
	if err != nil {
		return err
	}
	s.say(10, "rejected by the validators; stake %s → %s SAGE, status %s: transaction %s",
		amount.Format(before.Active.Big()), amount.Format(after.Active.Big()), after.Status, transaction.String())
	if _, err := s.Net.CoordinatorCommand(ctx, s.talk(10), "wait-job", s.SlashedJob.String()); err != nil {
		return err
	}
	refund := func() (bool, error) {
		status, _, err := s.Contracts.Privacy.Escrow(ctx, abi.U128(s.SlashedJob), 1)
		return status == bindings.EscrowStatusRefunded, err
	}
	if err := Await(ctx, "the payer's refund", s.Net.Crashed, refund); err != nil {
		return err
	}
	second, err := s.Contracts.Attempt(ctx, s.SlashedJob, 2)
	if err != nil {
		return err
	}
	status, _, err := s.Contracts.Privacy.Escrow(ctx, abi.U128(s.SlashedJob), 2)
	if err != nil {
		return err
	}
	if second.State != bindings.AttemptStateApproved || second.Worker == cheater || status != bindings.EscrowStatusReleased {
		return unexpected("attempt 2 ended %s by %s, escrow %s", second.State, second.Worker.String(), status)
	}
	s.say(10, "payer refunded; attempt 2 by %s approved and paid", second.Worker.String())
	return nil
}

// bytesLines yields the lines that are not empty.
func bytesLines(b []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(string(b)) {
			if line = strings.TrimRight(line, "\r\n"); line != "" && !yield(line) {
				return
			}
		}
	}
}

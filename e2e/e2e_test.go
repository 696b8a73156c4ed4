//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/e2e/localnet"
	"github.com/sage-network/sage-node/e2e/scenario"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
)

// size of the matrices in these tests: their proofs cost mostly the proof of work.
const size = 32

// network starts a local network with validators and a coordinator from the programs in bin.
func network(t *testing.T) (context.Context, *localnet.Network, *scenario.Contracts) {
	t.Helper()
	bin, err := filepath.Abs("../bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(bin, "sage-worker-faulty")); err != nil {
		t.Fatal("the programs are not built; run: make build build-faulty")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	t.Cleanup(cancel)
	dir, err := os.MkdirTemp("", "sage-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	n, err := localnet.Start(ctx, localnet.Options{Dir: dir, Bin: bin, Build: true, Say: func(line string) { t.Log(line) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the logs are kept in %s", dir)
		} else {
			os.RemoveAll(dir)
		}
	})
	if err := n.StartValidators(ctx); err != nil {
		t.Fatal(err)
	}
	if err := n.StartCoordinator(ctx); err != nil {
		t.Fatal(err)
	}
	contracts, err := scenario.Bind(n)
	if err != nil {
		t.Fatal(err)
	}
	return ctx, n, contracts
}

// The ten steps, and then what must hold of all money on the chain.
func TestTenSteps(t *testing.T) {
	ctx, n, contracts := network(t)
	s := &scenario.Scenario{Net: n, Contracts: contracts, Size: size, Say: func(step int, line string) { t.Logf("%d %s", step, line) }}
	if err := s.Run(ctx); err != nil {
		t.Fatal(errors.Join(err, n.Crashed()))
	}
	t.Log(s.Summary)
	price := n.Profile.DefaultPrice

	t.Run("conservation", func(t *testing.T) {
		first := private(t, ctx, contracts, s.Worker.Home, "worker")
		second := private(t, ctx, contracts, s.Second.Home, "worker")
		cheater := private(t, ctx, contracts, s.Cheater.Home, "worker")
		payer := private(t, ctx, contracts, n.CoordinatorHome(), "coordinator")
		if second != price || cheater != 0 {
			t.Errorf("the second worker has %d units, the cheater %d; the price is %d", second, cheater, price)
		}
		total, err := contracts.Privacy.TotalUnits(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if sum := first + second + cheater + payer; sum != total {
			t.Errorf("private balances sum up to %d units, the contract counts %d", sum, total)
		}
		held, err := contracts.Token.BalanceOf(ctx, contracts.Privacy.Address())
		if err != nil {
			t.Fatal(err)
		}
		if held.Big().Cmp(amount.FromUnits(total)) != 0 {
			t.Errorf("the contract holds %s SAGE for %s SAGE of private balances", amount.Format(held.Big()), amount.FormatUnits(total))
		}
	})

	t.Run("a second release moves nothing, a refund after it fails", func(t *testing.T) {
		escrow, attempt := releasedEscrow(t, ctx, contracts, s.Job)
		before := private(t, ctx, contracts, s.Worker.Home, "worker")
		if _, err := n.Owner.Send(ctx, contracts.Payments.Release(escrow)); err != nil {
			t.Errorf("repeating a release: %v; it must do nothing", err)
		}
		if after := private(t, ctx, contracts, s.Worker.Home, "worker"); after != before {
			t.Errorf("a second release changed the worker's balance from %d to %d", before, after)
		}
		if _, err := n.Owner.Send(ctx, contracts.Payments.Refund(escrow)); !errors.Is(err, chain.ErrReverted) {
			t.Errorf("a refund of attempt %d after its release: %v", attempt, err)
		}
	})

	t.Run("a certificate does not serve another attempt", func(t *testing.T) {
		if _, err := n.Owner.Send(ctx, contracts.Proofs.Approve(abi.U128(s.SlashedJob), 2, 0, bindings.VerdictInvalid, abi.U256{31: 1}, nil)); !errors.Is(err, chain.ErrReverted) {
			t.Errorf("a bitmap without signatures: %v", err)
		}
		if _, err := n.Owner.Send(ctx, contracts.Jobs.RecordVerdict(abi.U128(s.Job), 1, bindings.VerdictInvalid, abi.U256{31: 15}, n.Owner.Address())); !errors.Is(err, chain.ErrReverted) {
			t.Errorf("the owner recorded a verdict: %v", err)
		}
	})

	t.Run("proofs do not travel", func(t *testing.T) {
		// verify-proof takes the statement from the chain: another job's proof is refused, with code 1.
		_, err := n.CoordinatorCommand(ctx, nil, "verify-proof", job.ID{1}.String())
		var code *localnet.CommandError
		if !errors.As(err, &code) || code.Code == 0 {
			t.Errorf("verify-proof of an unknown job: %v", err)
		}
	})

	t.Run("results are in the epoch's tree", func(t *testing.T) {
		a, err := contracts.Attempt(ctx, s.Job, 1)
		if err != nil {
			t.Fatal(err)
		}
		root, leaves, err := contracts.Jobs.ComputeRoot(ctx, a.VoteEpoch)
		if err != nil || root.IsZero() || leaves == 0 {
			t.Errorf("epoch %d: root %s of %d leaves, %v", a.VoteEpoch, root.String(), leaves, err)
		}
	})

	t.Run("burnt stake left the supply", func(t *testing.T) {
		supply, err := contracts.Token.TotalSupply(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if supply.Big().Cmp(n.Parameters.Supply) >= 0 {
			t.Errorf("the supply is %s SAGE after job fees and a slash", amount.Format(supply.Big()))
		}
	})
}

// private is what an account has, balance and pending, in units.
func private(t *testing.T, ctx context.Context, c *scenario.Contracts, home, role string) uint64 {
	t.Helper()
	state, err := c.Private(ctx, home, role)
	if err != nil {
		t.Fatal(err)
	}
	return state.Balance + state.Pending
}

// releasedEscrow finds the tuple that a job's payment was released with.
func releasedEscrow(t *testing.T, ctx context.Context, c *scenario.Contracts, id job.ID) (bindings.Escrow, uint32) {
	t.Helper()
	events, _, err := scenario.Events[*bindings.PrivacyRouterPaymentLocked](ctx, c, c.Privacy.Address(), c.Privacy.DecodeEvent)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Escrow.JobID == abi.U128(id) {
			return e.Escrow, e.Escrow.Attempt
		}
	}
	t.Fatal("no payment was locked for the job")
	return bindings.Escrow{}, 0
}

// Each program is killed at each point of a job's way; the job ends paid, once.
func TestKills(t *testing.T) {
	ctx, n, contracts := network(t)
	workers := make([]*localnet.Worker, 2)
	for i, name := range []string{"worker-1", "worker-2"} {
		w, err := n.NewWorker(name, "sage-worker")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Join(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		workers[i] = w
	}
	killCoordinator := func(t *testing.T) {
		n.Coordinator().Kill()
		if err := n.StartCoordinator(ctx); err != nil {
			t.Fatal(err)
		}
	}
	killWorkers := func(t *testing.T) {
		for _, w := range workers {
			w.Kill()
			if err := w.Start(); err != nil {
				t.Fatal(err)
			}
		}
	}
	killValidators := func(t *testing.T) {
		for i := range 2 {
			n.Validator(i).Kill()
			if err := n.StartValidator(i); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tc := range []struct {
		name string
		at   bindings.AttemptState
		kill func(*testing.T)
	}{
		{"coordinator when assigned", bindings.AttemptStateAssigned, killCoordinator},
		{"coordinator when accepted", bindings.AttemptStateAccepted, killCoordinator},
		{"coordinator when submitted", bindings.AttemptStateSubmitted, killCoordinator},
		{"coordinator when approved by certificate", bindings.AttemptStateChallenge, killCoordinator},
		{"worker when accepted", bindings.AttemptStateAccepted, killWorkers},
		{"worker when submitted", bindings.AttemptStateSubmitted, killWorkers},
		{"validators when submitted", bindings.AttemptStateSubmitted, killValidators},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id := submit(t, ctx, n)
			reach(t, ctx, n, contracts, id, 1, tc.at)
			tc.kill(t)
			paidOnce(t, ctx, n, contracts, id)
		})
	}
}

// submit submits a job and returns its identifier.
func submit(t *testing.T, ctx context.Context, n *localnet.Network) job.ID {
	t.Helper()
	out, err := n.CoordinatorCommand(ctx, nil, "submit-job", "--type", "matmul", "--size", "32")
	if err != nil {
		t.Fatal(err)
	}
	id, err := job.ParseID(out)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// reach waits until an attempt is in a state, or beyond it.
func reach(t *testing.T, ctx context.Context, n *localnet.Network, c *scenario.Contracts, id job.ID, attempt uint32, state bindings.AttemptState) {
	t.Helper()
	err := scenario.Await(ctx, state.String(), func() error { return nil }, func() (bool, error) {
		j, err := c.Jobs.Job(ctx, abi.U128(id))
		if err != nil || j.Attempts < attempt {
			return false, err
		}
		a, err := c.Attempt(ctx, id, attempt)
		return a.State >= state, err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// paidOnce waits for the job to be paid and checks that each approved attempt was paid exactly once,
// and no other at all.
func paidOnce(t *testing.T, ctx context.Context, n *localnet.Network, c *scenario.Contracts, id job.ID) {
	t.Helper()
	var talk bytes.Buffer
	if _, err := n.CoordinatorCommand(ctx, &talk, "wait-job", id.String()); err != nil {
		t.Fatalf("%v\n%s", errors.Join(err, n.Crashed()), talk.String())
	}
	j, err := c.Jobs.Job(ctx, abi.U128(id))
	if err != nil {
		t.Fatal(err)
	}
	if j.State != bindings.JobStateDone {
		t.Errorf("job %s is %s", id, j.State)
	}
	paid := map[uint32]int{}
	released, _, err := scenario.Events[*bindings.PaymentRouterReleased](ctx, c, c.Payments.Address(), c.Payments.DecodeEvent)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range released {
		if e.Escrow.JobID == abi.U128(id) {
			paid[e.Escrow.Attempt]++
		}
	}
	approved := 0
	for number := uint32(1); number <= j.Attempts; number++ {
		a, err := c.Attempt(ctx, id, number)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		if a.State == bindings.AttemptStateApproved {
			want, approved = 1, approved+1
		}
		if paid[number] != want {
			t.Errorf("attempt %d of job %s ended %s and was paid %d times", number, id, a.State, paid[number])
		}
	}
	if approved == 0 {
		t.Errorf("job %s is done without an approved attempt", id)
	}
}

// A worker that accepts and falls silent is replaced within 35 seconds; when it comes back it loses
// nothing it is due, and nobody is paid twice.
func TestSilentWorker(t *testing.T) {
	ctx, n, contracts := network(t)
	silent, err := n.NewWorker("worker-1", "sage-worker")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(silent.Join(ctx, nil), silent.Start()); err != nil {
		t.Fatal(err)
	}
	id := submit(t, ctx, n)
	reach(t, ctx, n, contracts, id, 1, bindings.AttemptStateAccepted)
	if err := silent.Pause(); err != nil {
		t.Fatal(err)
	}
	since := time.Now()
	spare, err := n.NewWorker("worker-2", "sage-worker")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(spare.Join(ctx, nil), spare.Start()); err != nil {
		t.Fatal(err)
	}
	if ready := time.Since(since); ready > 25*time.Second {
		t.Fatalf("the second worker needed %s to join; this test needs it before the first is given up", ready)
	}
	reach(t, ctx, n, contracts, id, 2, bindings.AttemptStateAssigned)
	if replaced := time.Since(since); replaced > 35*time.Second {
		t.Errorf("the silent worker was replaced after %s; the protocol says 35 s", replaced)
	}
	paidOnce(t, ctx, n, contracts, id)
	if err := silent.Resume(); err != nil {
		t.Fatal(err)
	}
	// The first attempt ends as well: submitted late but in time and paid, handed back, or timed out.
	err = scenario.Await(ctx, "the end of attempt 1", func() error { return nil }, func() (bool, error) {
		a, err := contracts.Attempt(ctx, id, 1)
		return a.State >= bindings.AttemptStateApproved, err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = scenario.Await(ctx, "the settlement of attempt 1", func() error { return nil }, func() (bool, error) {
		status, _, err := contracts.Privacy.Escrow(ctx, abi.U128(id), 1)
		return status != bindings.EscrowStatusLocked, err
	})
	if err != nil {
		t.Fatal(err)
	}
	paidOnce(t, ctx, n, contracts, id)
}

// The specification's script, as written there.
func TestLifecycleScript(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	script := exec.CommandContext(ctx, "bash", "lifecycle.sh")
	script.Env = append(os.Environ(), "SIZE=32")
	script.Cancel = func() error { return script.Process.Signal(os.Interrupt) }
	script.WaitDelay = 30 * time.Second
	out, err := script.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out, []byte("25 SAGE")) {
		t.Error("the balance at the end does not show the price")
	}
}

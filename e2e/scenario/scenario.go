package scenario

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/e2e/localnet"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wallet"
)

// Steps of the scenario, as operators know them.
var Steps = []string{
	"Wallet creation", "Faucet request", "Worker stake", "Worker registration", "Job submission",
	"Proof generation", "Validator vote", "Private payment", "Claim", "Slashing",
}

// Scenario runs the ten steps on a network whose validators and coordinator are up.
type Scenario struct {
	Net       *localnet.Network
	Contracts *Contracts
	// Size of the main job's square matrices; the slashing step's job has at most 64.
	Size int
	// Say receives what happened, step by step; nil drops it.
	Say func(step int, line string)

	// Set by the steps.
	Worker, Second, Cheater *localnet.Worker
	Job, SlashedJob         job.ID
	Summary                 Summary
	spare                   chan error // the second worker and the cheater join while the first proves
}

// Summary is what a run showed.
type Summary struct {
	Steps         int
	Job           job.ID
	Proven        time.Duration // from acceptance to submission, as the worker lived it
	Signed, Total *big.Int      // stake in wei
	Paid          uint64        // units
	Worker        felt.Felt
}

// String is the last line of `make run`.
func (s Summary) String() string {
	return fmt.Sprintf("done: %d/%d steps, job %s proven in %s, approved by %s/%s stake, %s SAGE paid privately to %s",
		s.Steps, len(Steps), s.Job, s.Proven.Round(100*time.Millisecond), amount.Format(s.Signed), amount.Format(s.Total),
		amount.FormatUnits(s.Paid), s.Worker.String())
}

// Run takes the steps in order and stops at the first that fails.
func (s *Scenario) Run(ctx context.Context) error {
	if s.Say == nil {
		s.Say = func(int, string) {}
	}
	for i, step := range []func(context.Context) error{
		s.createWallet, s.requestTokens, s.stake, s.register, s.submit, s.prove, s.vote, s.pay, s.claim, s.slash,
	} {
		s.Say(i+1, "")
		if err := step(ctx); err != nil {
			return fmt.Errorf("step %d, %s: %w", i+1, Steps[i], err)
		}
		s.Summary.Steps = i + 1
	}
	return nil
}

func (s *Scenario) say(step int, format string, args ...any) {
	s.Say(step, fmt.Sprintf(format, args...))
}

// talk passes a command's stderr on to the narration.
func (s *Scenario) talk(step int) lines { return lines{func(line string) { s.Say(step, line) }} }

func (s *Scenario) createWallet(ctx context.Context) (err error) {
	if s.Worker, err = s.Net.NewWorker("worker-1", "sage-worker"); err != nil {
		return err
	}
	if _, err := s.Worker.Command(ctx, nil, "create-wallet"); err != nil {
		return err
	}
	folder := filepath.Join(s.Worker.Home, "worker", "wallet")
	if s.Summary.Worker, err = wallet.Folder(folder).AccountAddress(); err != nil {
		return err
	}
	for _, p := range []wallet.Purpose{wallet.Account, wallet.ElGamal} {
		info, err := os.Stat(filepath.Join(folder, p.String()+".json"))
		if err != nil {
			return err
		}
		if info.Mode().Perm() != 0o600 {
			return fmt.Errorf("%s has mode %04o", info.Name(), info.Mode().Perm())
		}
	}
	if there, err := s.Contracts.Client.Deployed(ctx, s.Summary.Worker); err != nil || there {
		return fmt.Errorf("the new account is on the chain already (%v)", err)
	}
	s.say(1, "24 words, two keystores (0600), account address %s", s.Summary.Worker.String())
	return nil
}

func (s *Scenario) requestTokens(ctx context.Context) error {
	if _, err := s.Worker.Command(ctx, s.talk(2), "request-tokens"); err != nil {
		return err
	}
	has, err := s.Contracts.Token.BalanceOf(ctx, s.Summary.Worker)
	if err != nil {
		return err
	}
	if has.Big().Cmp(amount.SAGE(1_000)) < 0 {
		return unexpected("the worker has %s SAGE", amount.Format(has.Big()))
	}
	fees, err := s.Contracts.Client.FeeBalance(ctx, s.Summary.Worker)
	if err != nil {
		return err
	}
	if there, err := s.Contracts.Client.Deployed(ctx, s.Summary.Worker); err != nil || !there || fees.Sign() == 0 {
		return unexpected("account deployed: %t, fee tokens %s (%v)", there, fees, err)
	}
	s.say(2, "%s SAGE and %s STRK for fees received, account deployed", amount.Format(has.Big()), amount.Format(fees))
	return nil
}

func (s *Scenario) stake(ctx context.Context) error {
	if _, err := s.Worker.Command(ctx, s.talk(3), "stake", "--amount", "1000", "--gpu-tier", "T4"); err != nil {
		return err
	}
	info, err := s.Contracts.Staking.Worker(ctx, s.Summary.Worker)
	if err != nil {
		return err
	}
	if info.Active.Big().Cmp(amount.SAGE(1_000)) != 0 || info.Tier != uint8(job.TierConsumer) {
		return unexpected("stake %s SAGE in tier %d", amount.Format(info.Active.Big()), info.Tier)
	}
	s.say(3, "%s SAGE staked, tier %s", amount.Format(info.Active.Big()), job.Tier(info.Tier))
	return nil
}

func (s *Scenario) register(ctx context.Context) error {
	if _, err := s.Worker.Command(ctx, s.talk(4), "register"); err != nil {
		return err
	}
	info, err := s.Contracts.Staking.Worker(ctx, s.Summary.Worker)
	if err != nil {
		return err
	}
	private, err := s.Contracts.Privacy.IsRegistered(ctx, s.Summary.Worker)
	if err != nil {
		return err
	}
	if info.Status != bindings.WorkerStatusActive || !private {
		return unexpected("status %s, private account %t", info.Status, private)
	}
	if err := s.Worker.Start(); err != nil {
		return err
	}
	s.say(4, "status %s, private account open, worker started", info.Status)
	return nil
}

func (s *Scenario) submit(ctx context.Context) error {
	id, err := s.submitJob(ctx, s.Size)
	if err != nil {
		return err
	}
	s.Job, s.Summary.Job = id, id
	jobs := s.Contracts.Jobs
	var transaction felt.Felt
	if err := Await(ctx, "the job on the chain", s.Net.Crashed, func() (bool, error) {
		j, err := jobs.Job(ctx, abi.U128(id))
		return j.State == bindings.JobStateOpen, err
	}); err != nil {
		return err
	}
	_, transaction, err = last(ctx, s.Contracts, jobs.Address(), jobs.DecodeEvent, func(e *bindings.JobManagerJobCreated) bool {
		return e.JobID == abi.U128(id)
	})
	if err != nil {
		return err
	}
	s.say(5, "job %s: %d×%d · %d×%d over M31, price %s SAGE, encrypted: transaction %s", id, s.Size, s.Size, s.Size, s.Size,
		amount.FormatUnits(s.Net.Profile.DefaultPrice), transaction.String())
	return nil
}

func (s *Scenario) submitJob(ctx context.Context, size int) (job.ID, error) {
	out, err := s.Net.CoordinatorCommand(ctx, nil, "submit-job", "--type", "matmul", "--size", strconv.Itoa(size), "--seed", randomSeed().String())
	if err != nil {
		return job.ID{}, err
	}
	return job.ParseID(out)
}

// awaitAttempt waits until an attempt has reached one of the states.
func (s *Scenario) awaitAttempt(ctx context.Context, id job.ID, attempt uint32, states ...bindings.AttemptState) (a bindings.Attempt, err error) {
	err = Await(ctx, fmt.Sprintf("attempt %d of job %s to be %v", attempt, id, states), s.Net.Crashed, func() (bool, error) {
		j, err := s.Contracts.Jobs.Job(ctx, abi.U128(id))
		if err != nil || j.Attempts < attempt {
			return false, err
		}
		if a, err = s.Contracts.Attempt(ctx, id, attempt); err != nil {
			return false, err
		}
		for _, state := range states {
			if a.State == state {
				return true, nil
			}
		}
		return false, nil
	})
	return a, err
}

// submitted are the states at and after submission.
var submitted = []bindings.AttemptState{
	bindings.AttemptStateSubmitted, bindings.AttemptStateChallenge, bindings.AttemptStateAppeal,
	bindings.AttemptStateDisputed, bindings.AttemptStateApproved, bindings.AttemptStateRejected,
}

func (s *Scenario) prove(ctx context.Context) error {
	accepted, err := s.awaitAttempt(ctx, s.Job, 1, append([]bindings.AttemptState{bindings.AttemptStateAccepted}, submitted...)...)
	if err != nil {
		return err
	}
	if accepted.Worker != s.Summary.Worker {
		return unexpected("the attempt belongs to %s", accepted.Worker.String())
	}
	begin := time.Now()
	s.say(6, "escrow funded and checked, terms accepted, bond of %s SAGE held; proving", amount.Format(accepted.Bond.Big()))
	// The machines of the last step join while the first one computes.
	s.spare = make(chan error, 1)
	go func() { s.spare <- s.joinSpares(ctx) }()
	a, err := s.awaitAttempt(ctx, s.Job, 1, submitted...)
	if err != nil {
		return err
	}
	s.Summary.Proven = time.Since(begin)
	jobs := s.Contracts.Jobs
	_, transaction, err := last(ctx, s.Contracts, jobs.Address(), jobs.DecodeEvent, func(e *bindings.JobManagerResultSubmitted) bool {
		return e.JobID == abi.U128(s.Job)
	})
	if err != nil {
		return err
	}
	s.say(6, "submitted after %s: proof blob %x…, result root %x…: transaction %s",
		s.Summary.Proven.Round(100*time.Millisecond), a.ProofHash[:6], a.ResultCommitment[:6], transaction.String())
	return nil
}

func (s *Scenario) joinSpares(ctx context.Context) (err error) {
	if s.Second, err = s.Net.NewWorker("worker-2", "sage-worker"); err != nil {
		return err
	}
	if s.Cheater, err = s.Net.NewWorker("worker-3", "sage-worker-faulty"); err != nil {
		return err
	}
	if err := s.Second.Join(ctx, nil); err != nil {
		return err
	}
	return s.Cheater.Join(ctx, nil)
}

func (s *Scenario) vote(ctx context.Context) error {
	a, err := s.awaitAttempt(ctx, s.Job, 1, bindings.AttemptStateChallenge, bindings.AttemptStateAppeal, bindings.AttemptStateApproved, bindings.AttemptStateVoid)
	if err != nil {
		return err
	}
	if a.Verdict != bindings.VerdictValid {
		return unexpected("the validators' verdict is %s, the attempt %s", a.Verdict, a.State)
	}
	jobs := s.Contracts.Jobs
	verdict, transaction, err := last(ctx, s.Contracts, jobs.Address(), jobs.DecodeEvent, func(e *bindings.JobManagerVerdictRecorded) bool {
		return e.JobID == abi.U128(s.Job) && e.Attempt == 1
	})
	if err != nil {
		return err
	}
	s.Summary.Signed, s.Summary.Total, err = s.Contracts.signed(ctx, a.VoteEpoch, verdict.Bitmap)
	if err != nil {
		return err
	}
	if new(big.Int).Mul(s.Summary.Signed, big.NewInt(3)).Cmp(new(big.Int).Mul(s.Summary.Total, big.NewInt(2))) <= 0 {
		return unexpected("a certificate by %s of %s SAGE passed", amount.Format(s.Summary.Signed), amount.Format(s.Summary.Total))
	}
	s.say(7, "VALID by %s of %s SAGE of stake, every signature checked on-chain: transaction %s",
		amount.Format(s.Summary.Signed), amount.Format(s.Summary.Total), transaction.String())
	return nil
}

func (s *Scenario) pay(ctx context.Context) error {
	if _, err := s.Net.CoordinatorCommand(ctx, s.talk(8), "wait-job", s.Job.String()); err != nil {
		return err
	}
	if _, err := s.Net.CoordinatorCommand(ctx, s.talk(8), "verify-proof", s.Job.String()); err != nil {
		return err
	}
	a, err := s.Contracts.Attempt(ctx, s.Job, 1)
	if err != nil {
		return err
	}
	status, _, err := s.Contracts.Privacy.Escrow(ctx, abi.U128(s.Job), 1)
	if err != nil {
		return err
	}
	if a.State != bindings.AttemptStateApproved || status != bindings.EscrowStatusReleased {
		return unexpected("attempt %s, escrow %s", a.State, status)
	}
	released, transactions, err := Events[*bindings.PaymentRouterReleased](ctx, s.Contracts, s.Contracts.Payments.Address(), s.Contracts.Payments.DecodeEvent)
	if err != nil {
		return err
	}
	if len(released) != 1 {
		return unexpected("%d releases", len(released))
	}
	s.say(8, "escrow %s, encrypted price credited: transaction %s", status, transactions[0].String())
	return nil
}

func (s *Scenario) claim(ctx context.Context) error {
	before, err := s.Contracts.Private(ctx, s.Worker.Home, "worker")
	if err != nil {
		return err
	}
	if _, err := s.Worker.Command(ctx, s.talk(9), "claim"); err != nil {
		return err
	}
	after, err := s.Contracts.Private(ctx, s.Worker.Home, "worker")
	if err != nil {
		return err
	}
	price := s.Net.Profile.DefaultPrice
	if before.Pending != price || after.Pending != 0 || after.Balance != before.Balance+price {
		return unexpected("pending %d, then balance %d → %d; the price is %d units", before.Pending, before.Balance, after.Balance, price)
	}
	s.Summary.Paid = price
	const withdrawn = 5
	public, err := s.Contracts.Token.BalanceOf(ctx, s.Summary.Worker)
	if err != nil {
		return err
	}
	if _, err := s.Worker.Command(ctx, s.talk(9), "claim", "--withdraw", strconv.Itoa(withdrawn)); err != nil {
		return err
	}
	now, err := s.Contracts.Token.BalanceOf(ctx, s.Summary.Worker)
	if err != nil {
		return err
	}
	if new(big.Int).Sub(now.Big(), public.Big()).Cmp(amount.SAGE(withdrawn)) != 0 {
		return unexpected("a withdrawal of %d SAGE changed the balance from %s to %s", withdrawn, amount.Format(public.Big()), amount.Format(now.Big()))
	}
	s.say(9, "%s SAGE decrypted and claimed; %d SAGE of it withdrawn to the public balance", amount.FormatUnits(price), withdrawn)
	out, err := s.Worker.Command(ctx, nil, "balance")
	if err != nil {
		return err
	}
	s.talk(9).Write([]byte(out + "\n"))
	return nil
}

// lines splits what a program says.
type lines struct{ say func(string) }

func (l lines) Write(b []byte) (int, error) {
	for line := range bytesLines(b) {
		l.say(line)
	}
	return len(b), nil
}

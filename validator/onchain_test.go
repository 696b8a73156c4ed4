package validator

import (
	"context"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/devnet"
	"github.com/sage-network/sage-node/contracts"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/wire"
)

// stage is the contracts on a local Starknet, wired; PaymentRouter's part is played by the deployer's
// account, so that an attempt can be funded without a payment.
type stage struct {
	t          *testing.T
	ctx        context.Context
	network    *devnet.Devnet
	deployer   *chain.Sender
	wiring     bindings.Wiring
	token      bindings.SageToken
	staking    bindings.StakingManager
	registry   bindings.ValidatorRegistry
	jobs       bindings.JobManager
	proofs     bindings.ProofVerifier
	validators []*chain.Sender
	worker     *chain.Sender
}

func sage(n int64) abi.U256 {
	return abi.MustU256(new(big.Int).Mul(big.NewInt(n), big.NewInt(1e18)))
}

func newStage(t *testing.T) *stage {
	t.Helper()
	network, err := devnet.Start(t.Context(), devnet.Options{Seed: 31, Accounts: 6})
	if err != nil {
		t.Fatalf("the test needs a local Starknet: %v", err)
	}
	t.Cleanup(network.Stop)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	accounts, err := network.Accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, ctx: ctx, network: network}
	senders := make([]*chain.Sender, len(accounts))
	for i, account := range accounts {
		journal, err := chain.NewFileJournal(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if senders[i], err = chain.NewSender(network.Client(), chain.SenderConfig{Address: account.Address, Signer: account.Key, Journal: journal}); err != nil {
			t.Fatal(err)
		}
	}
	s.deployer, s.worker, s.validators = senders[0], senders[1], senders[2:]
	self := s.deployer.Address()
	const delay, cooldown, unbonding = 4_000_000, 900_000, 900_000
	low := bindings.Windows{Accept: 1, Submit: 1, Decide: 1, Challenge: 1, Appeal: 1}
	high := bindings.Windows{Accept: 3600, Submit: 3600, Decide: 3600, Challenge: 3600, Appeal: 3600}
	w := &s.wiring
	w.Token = s.deploy("SageToken", bindings.SageTokenConstructor(self, sage(1_000_000)))
	w.Staking = s.deploy("StakingManager", bindings.StakingManagerConstructor(self, delay, cooldown))
	w.Validators = s.deploy("ValidatorRegistry", bindings.ValidatorRegistryConstructor(self, delay, 1000, sage(100), unbonding, false))
	w.Jobs = s.deploy("JobManager", bindings.JobManagerConstructor(self, delay, abi.U256{}, low, high))
	w.Proofs = s.deploy("ProofVerifier", bindings.ProofVerifierConstructor(self, delay))
	w.Privacy = s.deploy("PrivacyRouter", bindings.PrivacyRouterConstructor(self, delay, 0, 1000))
	w.Reputation = s.deploy("ReputationManager", bindings.ReputationManagerConstructor(self, delay))
	w.Payments = self
	client := network.Client()
	s.token = bindings.NewSageToken(w.Token, client)
	s.staking = bindings.NewStakingManager(w.Staking, client)
	s.registry = bindings.NewValidatorRegistry(w.Validators, client)
	s.jobs = bindings.NewJobManager(w.Jobs, client)
	s.proofs = bindings.NewProofVerifier(w.Proofs, client)
	s.send(s.deployer,
		s.staking.Wire(*w), s.registry.Wire(*w), s.jobs.Wire(*w), s.proofs.Wire(*w),
		bindings.NewPrivacyRouter(w.Privacy, client).Wire(*w),
		bindings.NewReputationManager(w.Reputation, client).Wire(*w))
	return s
}

func (s *stage) send(from *chain.Sender, calls ...abi.Call) {
	s.t.Helper()
	if _, err := from.Send(s.ctx, calls...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) deploy(name string, constructor []felt.Felt) felt.Felt {
	s.t.Helper()
	compiled, err := contracts.Load(name)
	if err != nil {
		s.t.Fatal(err)
	}
	class, err := chain.ParseClass(compiled.Sierra, compiled.CASM)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.deployer.Declare(s.ctx, class); err != nil {
		s.t.Fatal(err)
	}
	s.send(s.deployer, chain.Deploy(class.Hash(), felt.Felt{}, constructor))
	return chain.DeployedAddress(s.deployer.Address(), class.Hash(), felt.Felt{}, constructor)
}

func (s *stage) onChain(from *chain.Sender) *OnChain {
	return NewOnChain(s.network.Client(), from, Contracts{
		JobManager: s.wiring.Jobs, ProofVerifier: s.wiring.Proofs, ValidatorRegistry: s.wiring.Validators, StakingManager: s.wiring.Staking,
	})
}

// register makes validator i one, with its vote key.
func (s *stage) register(i int) {
	s.t.Helper()
	from := s.validators[i]
	key := voteKey(s.t, i)
	possession, err := key.Sign(wire.VoteKeyHash(s.network.Client().ChainIDFelt(), s.wiring.Validators, from.Address(), key.PublicKey().X()))
	if err != nil {
		s.t.Fatal(err)
	}
	s.send(s.deployer, s.token.Transfer(from.Address(), sage(100)))
	s.send(from, s.token.Approve(s.wiring.Validators, sage(100)),
		s.registry.RegisterValidator(key.PublicKey().X(), bindings.Signature{R: possession.R, S: possession.S}, sage(100)))
}

// submission brings a job's first attempt to SUBMITTED.
func (s *stage) submission() job.ID {
	s.t.Helper()
	secret, err := elgamal.GenerateKey(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	solver, err := elgamal.NewSolver(8)
	if err != nil {
		s.t.Fatal(err)
	}
	account, err := privacy.NewAccount(privacy.Contracts{
		ChainID: s.network.Client().ChainIDFelt(),
		Token:   s.token,
		Privacy: bindings.NewPrivacyRouter(s.wiring.Privacy, s.network.Client()),
	}, s.worker.Address(), secret, solver)
	if err != nil {
		s.t.Fatal(err)
	}
	open, err := account.Register(s.ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	// The node key with the private key 1.
	generator := abi.U256(secp256k1.NewPrivateKey(new(secp256k1.ModNScalar).SetInt(1)).PubKey().SerializeCompressed()[1:])
	s.send(s.deployer, s.token.Transfer(s.worker.Address(), sage(1000)))
	s.send(s.worker, s.token.Approve(s.wiring.Staking, sage(1000)), s.staking.Stake(sage(1000), 1), open,
		s.staking.RegisterWorker(generator, false, abi.U256{31: 1}, abi.U256{}))
	salt := starkhash.Uint64(77)
	s.send(s.deployer, s.jobs.Create(bindings.JobTerms{
		Salt: salt, SpecHash: starkhash.Uint64(1), InputCommitment: abi.U256{0: 0xaa, 31: 1},
		AIRID: job.AIRMatmul, AIRVersion: job.AIRMatmulVersion, VerifierVersion: job.VerifierVersion,
		K: 4, Rows: 9, Inner: 10, Columns: 11, MinTier: 1, PenaltyCap: sage(10),
		Windows:  bindings.Windows{Accept: 600, Submit: 600, Decide: 600, Challenge: 600, Appeal: 600},
		Delivery: bindings.DeliveryResult,
	}))
	id := abi.U128(job.NewID(s.deployer.Address(), salt))
	s.send(s.deployer, s.jobs.Assign(id, s.worker.Address(), abi.U256{}), s.jobs.Fund(id, 1, starkhash.Uint64(2), 0))
	terms, err := s.jobs.TermsHash(s.ctx, id, 1)
	if err != nil {
		s.t.Fatal(err)
	}
	s.send(s.worker, s.jobs.Accept(id, 1, terms))
	if _, err := s.onChain(s.worker).Attempt(s.ctx, job.ID(id), 1); !errors.Is(err, ErrNoSubmission) {
		s.t.Errorf("before the submission: %v", err)
	}
	s.send(s.worker, s.jobs.SubmitResult(id, 1, abi.U256{0: 0xbb, 31: 2}, starkhash.Uint64(3), abi.U256{0: 0xcc, 31: 4}, abi.U256{0: 0xdd, 31: 5}))
	return job.ID(id)
}

func (s *stage) certificate(a *bft.Admission, slot wire.Slot, round uint32, verdict wire.Verdict, signers ...int) wire.Certificate {
	c := wire.Certificate{Slot: slot, Round: round, Verdict: verdict}
	byIndex := make(map[int]wire.Signature)
	for _, i := range signers {
		vote, err := wire.SignVote(voteKey(s.t, i), wire.Vote{Slot: slot, Round: round, Verdict: verdict, Validator: s.validators[i].Address()})
		if err != nil {
			s.t.Fatal(err)
		}
		index, ok := a.Table().Index(s.validators[i].Address())
		if !ok {
			s.t.Fatalf("validator %d is not in the table", i)
		}
		c.Signers.Set(index)
		byIndex[index] = vote.Signature
	}
	for i := range a.Table().Len() {
		if signature, ok := byIndex[i]; ok {
			c.Signatures = append(c.Signatures, signature)
		}
	}
	return c
}

// TestOnChain walks through everything that a validator does on the chain, on the real contracts.
func TestOnChain(t *testing.T) {
	s := newStage(t)
	ctx := s.ctx
	for i := range s.validators[1:] {
		s.register(i + 1)
	}
	self, seat := s.onChain(s.validators[0]), NewMembership(s.network.Client(), s.validators[0], s.wiring.Validators, s.wiring.Token)
	s.send(s.deployer, s.token.Transfer(s.validators[0].Address(), sage(100)))
	if _, err := seat.Register(ctx, voteKey(t, 0), sage(101).Big()); !errors.Is(err, ErrInsufficient) {
		t.Errorf("staked more than there is: %v", err)
	}
	if _, err := seat.Register(ctx, voteKey(t, 1), sage(100).Big()); !errors.Is(err, chain.ErrReverted) {
		t.Errorf("registered another's vote key: %v", err)
	}
	if _, err := seat.Leave(ctx); !errors.Is(err, ErrMembership) {
		t.Errorf("left before registering: %v", err)
	}
	if _, err := seat.Register(ctx, voteKey(t, 0), sage(100).Big()); err != nil {
		t.Fatal(err)
	}
	if _, err := seat.Register(ctx, voteKey(t, 0), sage(100).Big()); !errors.Is(err, ErrRegistered) {
		t.Errorf("registered twice: %v", err)
	}
	if _, _, err := seat.Withdraw(ctx); !errors.Is(err, ErrMembership) {
		t.Errorf("took out a stake that votes: %v", err)
	}
	if err := self.CheckRegistration(ctx, voteKey(t, 0).PublicKey()); err != nil {
		t.Error(err)
	}
	if err := self.CheckRegistration(ctx, voteKey(t, 1).PublicKey()); !errors.Is(err, ErrVoteKey) {
		t.Errorf("another key: %v", err)
	}
	if err := s.onChain(s.worker).CheckRegistration(ctx, voteKey(t, 0).PublicKey()); !errors.Is(err, ErrVoteKey) {
		t.Errorf("not registered: %v", err)
	}
	if _, err := self.Epoch(ctx); !errors.Is(err, ErrNoEpoch) {
		t.Errorf("before genesis is sealed: %v", err)
	}
	s.send(s.deployer, s.registry.SealGenesis())

	members, jailed, err := self.Table(ctx, 0)
	if err != nil || len(members) != 4 || len(jailed) != 0 {
		t.Fatalf("table of %d members, %d jailed, %v", len(members), len(jailed), err)
	}
	if _, _, err := self.Table(ctx, 1); !errors.Is(err, ErrNoEpoch) {
		t.Errorf("table of an epoch to come: %v", err)
	}
	table, err := bft.NewTable(0, members)
	if err != nil {
		t.Fatal(err)
	}
	chainID := s.network.Client().ChainIDFelt()
	admission := bft.NewAdmission(chainID, s.wiring.Proofs, table, voteVerifier{})

	_, from, err := self.Submissions(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	id := s.submission()
	found, next, err := self.Submissions(ctx, from)
	if err != nil || len(found) != 1 || found[0].Job != id || found[0].Attempt != 1 || found[0].Block < from || next <= found[0].Block {
		t.Fatalf("submissions from block %d: %+v, next %d, %v", from, found, next, err)
	}
	if again, _, err := self.Submissions(ctx, next); err != nil || len(again) != 0 {
		t.Errorf("submissions found twice: %v, %v", again, err)
	}

	a, err := self.Attempt(ctx, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	if a.Stage != Submitted || a.Overdue || !a.Open() || a.Delivery != job.DeliverResult || a.Recorded != 0 {
		t.Errorf("attempt: %+v", a)
	}
	if st := a.Statement; st.Validate() != nil || st.Rows != 9 || st.Inner != 10 || st.Columns != 11 || st.K != 4 ||
		st.JobManager != s.wiring.Jobs || st.ChainID != chainID || st.Worker != s.worker.Address() ||
		st.InputCommitment != ([32]byte{0: 0xaa, 31: 1}) || st.ResultCommitment != ([32]byte{0: 0xbb, 31: 2}) {
		t.Errorf("statement: %+v", st)
	}
	if a.Slot.ProofHash != (job.Hash{0: 0xcc, 31: 4}) || a.Slot.ResultHash != (job.Hash{0: 0xdd, 31: 5}) || a.Slot.Job != id {
		t.Errorf("slot: %+v", a.Slot)
	}
	for _, missing := range []uint32{2, 99} {
		if _, err := self.Attempt(ctx, id, missing); !errors.Is(err, ErrNoSubmission) {
			t.Errorf("attempt %d: %v", missing, err)
		}
	}
	if _, err := self.Attempt(ctx, job.ID{1}, 0); !errors.Is(err, ErrNoSubmission) {
		t.Errorf("unknown job: %v", err)
	}

	one := secp256k1.NewPrivateKey(new(secp256k1.ModNScalar).SetInt(1))
	if key, err := self.NodeKey(ctx, a.Slot.Worker); err != nil || !key.IsEqual(one.PubKey()) {
		t.Errorf("the worker's node key: %v, %v", key, err)
	}
	if _, err := self.NodeKey(ctx, s.deployer.Address()); !errors.Is(err, ErrNoNodeKey) {
		t.Errorf("the node key of who is no worker: %v", err)
	}

	if n, err := self.EvidenceEpochs(ctx); err != nil || n != 901 { // 900,000 s in epochs of 1000 s
		t.Errorf("evidence counts for %d epochs, %v", n, err)
	}

	s.checkVoteHash(a.Slot)

	// Certificates that show no quorum are refused on-chain as they are here.
	for name, c := range map[string]wire.Certificate{
		"two of four": s.certificate(admission, a.Slot, 0, wire.Valid, 0, 1),
		"another round": func() wire.Certificate {
			c := s.certificate(admission, a.Slot, 0, wire.Valid, 0, 1, 2)
			c.Round = 1
			return c
		}(),
		"turned": func() wire.Certificate {
			c := s.certificate(admission, a.Slot, 0, wire.Valid, 0, 1, 2)
			c.Verdict = wire.Invalid
			return c
		}(),
	} {
		if admission.VerifyCertificate(c) == nil {
			t.Errorf("%s: verifies", name)
		}
		if err := self.Approve(ctx, c); !errors.Is(err, chain.ErrReverted) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := s.certificate(admission, a.Slot, 2, wire.Valid, 3, 0, 1)
	if err := admission.VerifyCertificate(good); err != nil {
		t.Fatal(err)
	}
	if err := self.Approve(ctx, good); err != nil {
		t.Fatal(err)
	}
	if err := s.onChain(s.validators[1]).Approve(ctx, good); err != nil {
		t.Errorf("a second submission: %v", err)
	}
	if a, err = self.Attempt(ctx, id, 1); err != nil || a.Stage != Challenge || a.Recorded != wire.Valid || a.Takes(wire.Valid) || !a.Takes(wire.Invalid) {
		t.Errorf("after the certificate: %+v, %v", a, err)
	}
	s.checkEquivocation(self, a.Slot)
	s.checkCheckIn(self)
	if a, err = self.Attempt(ctx, id, 1); err != nil || !a.Overdue || a.Open() {
		t.Errorf("after the challenge window: %+v, %v", a, err)
	}
	s.checkLeaving(seat)
}

// checkLeaving takes the first validator's stake out, not before its time.
func (s *stage) checkLeaving(seat *Membership) {
	s.t.Helper()
	before, err := s.token.BalanceOf(s.ctx, s.validators[0].Address())
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := seat.Leave(s.ctx); err != nil {
		s.t.Fatal(err)
	}
	if _, err := seat.Leave(s.ctx); !errors.Is(err, ErrMembership) {
		s.t.Errorf("left twice: %v", err)
	}
	if _, _, err := seat.Withdraw(s.ctx); !errors.Is(err, ErrMembership) {
		s.t.Errorf("took the stake out at once: %v", err)
	}
	if err := s.network.IncreaseTime(s.ctx, 900_001*time.Second); err != nil {
		s.t.Fatal(err)
	}
	if _, wei, err := seat.Withdraw(s.ctx); err != nil || wei.Cmp(sage(100).Big()) != 0 {
		s.t.Errorf("took out %v: %v", wei, err)
	}
	after, err := s.token.BalanceOf(s.ctx, s.validators[0].Address())
	if got := new(big.Int).Sub(after.Big(), before.Big()); err != nil || got.Cmp(sage(100).Big()) != 0 {
		s.t.Errorf("got back %v, %v", got, err)
	}
}

// checkVoteHash compares the vote's hash with the contract's, at edge values.
func (s *stage) checkVoteHash(slot wire.Slot) {
	s.t.Helper()
	for i, c := range range4(slot) {
		onChain, err := s.proofs.VoteHash(s.ctx, voteSlot(c.Slot), c.Round, bindings.Verdict(c.Verdict), c.Validator)
		if err != nil {
			s.t.Fatal(err)
		}
		if here := c.Hash(); here != onChain {
			s.t.Errorf("vote %d: hash %s, the contract says %s", i, here.String(), onChain.String())
		}
	}
}

func range4(slot wire.Slot) []wire.Vote {
	extreme := slot
	extreme.VerifierVersion, extreme.VoteEpoch, extreme.Attempt = 1<<32-1, 1<<64-1, 1<<32-1
	for i := range extreme.ProofHash {
		extreme.ProofHash[i], extreme.ResultHash[i] = 0xff, 0xff
		extreme.InputCommitment[i], extreme.ResultCommitment[i] = 0xff, byte(i)
	}
	for i := range extreme.Job {
		extreme.Job[i] = 0xff
	}
	empty := wire.Slot{ChainID: slot.ChainID, ProofVerifier: slot.ProofVerifier}
	return []wire.Vote{
		{Slot: slot, Verdict: wire.Valid, Validator: starkhash.Uint64(9)},
		{Slot: slot, Round: 7, Verdict: wire.Unavailable, Validator: starkhash.Uint64(9)},
		{Slot: extreme, Round: wire.MaxRound, Verdict: wire.Invalid, Validator: slot.Worker},
		{Slot: empty, Verdict: wire.Invalid, Validator: starkhash.Uint64(1)},
	}
}

func (s *stage) checkEquivocation(self *OnChain, slot wire.Slot) {
	s.t.Helper()
	voteOn := func(slot wire.Slot, round uint32, verdict wire.Verdict) wire.Vote {
		v, err := wire.SignVote(voteKey(s.t, 2), wire.Vote{Slot: slot, Round: round, Verdict: verdict, Validator: s.validators[2].Address()})
		if err != nil {
			s.t.Fatal(err)
		}
		return v
	}
	vote := func(round uint32, verdict wire.Verdict) wire.Vote { return voteOn(slot, round, verdict) }
	false1 := bft.Evidence{Valid: vote(0, wire.Valid), Invalid: vote(3, wire.Unavailable)}
	if err := self.ReportEquivocation(s.ctx, false1); !errors.Is(err, chain.ErrReverted) {
		s.t.Errorf("evidence that is none: %v", err)
	}
	e := bft.Evidence{Valid: vote(0, wire.Valid), Invalid: vote(3, wire.Invalid)}
	for range 2 { // the second report has nothing to do
		if err := self.ReportEquivocation(s.ctx, e); err != nil {
			s.t.Fatal(err)
		}
	}
	// Jailed, it still answers for its other offences.
	other := slot
	other.Attempt++
	if err := self.ReportEquivocation(s.ctx, bft.Evidence{Valid: voteOn(other, 0, wire.Valid), Invalid: voteOn(other, 0, wire.Invalid)}); err != nil {
		s.t.Fatal(err)
	}
	info, err := s.registry.Validator(s.ctx, s.validators[2].Address())
	if err != nil || info.Stake != (abi.U256{}) {
		s.t.Errorf("two offences leave a stake of %v, %v", info.Stake, err)
	}
	_, jailed, err := self.Table(s.ctx, 0)
	if err != nil || len(jailed) != 1 || jailed[0] != s.validators[2].Address() {
		s.t.Errorf("jailed: %v, %v", jailed, err)
	}
	if err := s.onChain(s.validators[2]).CheckIn(s.ctx); err != nil {
		s.t.Errorf("a jailed validator need not check in: %v", err)
	}
}

func (s *stage) checkCheckIn(self *OnChain) {
	s.t.Helper()
	if err := s.network.IncreaseTime(s.ctx, 1200*time.Second); err != nil {
		s.t.Fatal(err)
	}
	epoch, err := self.Epoch(s.ctx)
	if err != nil || epoch != 1 {
		s.t.Fatalf("epoch %d, %v", epoch, err)
	}
	for range 2 {
		if err := self.CheckIn(s.ctx); err != nil {
			s.t.Fatal(err)
		}
	}
	info, err := s.registry.Validator(s.ctx, s.validators[0].Address())
	if err != nil || info.LastCheckIn != 1 {
		s.t.Errorf("last check-in %d, %v", info.LastCheckIn, err)
	}
}

package worker

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/coder/websocket"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/deploy"
	"github.com/sage-network/sage-node/chain/devnet"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/account"
	"github.com/sage-network/sage-node/worker/blobs"
	"github.com/sage-network/sage-node/worker/executor"
	"github.com/sage-network/sage-node/worker/hardware"
	"github.com/sage-network/sage-node/worker/identity"
	"github.com/sage-network/sage-node/worker/journal"
	"github.com/sage-network/sage-node/worker/onchain"
	"github.com/sage-network/sage-node/worker/policy"
)

// stage is a local Starknet with the contracts, a payer, a worker's account and the one validator.
type stage struct {
	t         *testing.T
	ctx       context.Context
	network   *devnet.Devnet
	profile   *profile.Profile
	owner     *chain.Sender
	payer     *chain.Sender
	payments  *privacy.Account
	worker    *account.Account
	sender    *chain.Sender    // the worker's
	balance   *privacy.Account // the worker's
	validator felt.Felt
	voteKey   starkhash.PrivateKey

	mu      sync.Mutex
	offered []wire.Certificate // what validators give to who asks
}

// Find implements executor.Certificates.
func (s *stage) Find(context.Context, executor.Key) ([]wire.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.offered, nil
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newStage(t *testing.T) *stage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	t.Cleanup(cancel)
	network, err := devnet.Start(ctx, devnet.Options{Seed: 43, Accounts: 4})
	if err != nil {
		t.Fatalf("the test needs a local Starknet: %v", err)
	}
	t.Cleanup(network.Stop)
	accounts := must[[]devnet.Account](t)(network.Accounts(ctx))
	senders := make([]*chain.Sender, len(accounts))
	for i, a := range accounts {
		files := must[*chain.FileJournal](t)(chain.NewFileJournal(t.TempDir()))
		senders[i] = must[*chain.Sender](t)(chain.NewSender(network.Client(), chain.SenderConfig{Address: a.Address, Signer: a.Key, Journal: files}))
	}
	s := &stage{t: t, ctx: ctx, network: network, owner: senders[0], payer: senders[1], validator: senders[3].Address()}
	s.voteKey = must[starkhash.PrivateKey](t)(starkhash.GenerateKey(rand.Reader))
	auditor := must[elgamal.SecretKey](t)(elgamal.GenerateKey(rand.Reader))
	s.profile = must[*profile.Profile](t)(deploy.Run(ctx, deploy.Config{
		Name: "test", RPC: network.URL(), Owner: s.owner, Parameters: deploy.Local(), Auditor: auditor,
		Coordinator: "http://127.0.0.1:1", Faucet: "http://127.0.0.1:1/faucet",
		Validators: []deploy.Validator{{Sender: senders[3], VoteKey: s.voteKey, Stake: amount.SAGE(10_000)}},
	}))
	token := s.token()
	for _, to := range []*chain.Sender{senders[1], senders[2]} {
		s.send(s.owner, token.Transfer(to.Address(), abi.MustU256(amount.SAGE(2_000))))
	}
	s.payments = s.private(s.payer)
	s.sender, s.balance = senders[2], s.private(senders[2])
	s.worker = account.New(network.Client(), s.profile, s.sender.Address())
	s.worker.Sender, s.worker.Private = s.sender, s.balance
	s.send(s.payer, must[abi.Call](t)(s.payments.Register(ctx)))
	s.send(s.payer, must[[]abi.Call](t)(s.payments.Deposit(ctx, 500_000_000_000))...)
	return s
}

func (s *stage) send(from *chain.Sender, calls ...abi.Call) chain.Receipt {
	s.t.Helper()
	return must[chain.Receipt](s.t)(from.Send(s.ctx, calls...))
}

func (s *stage) token() bindings.SageToken {
	return bindings.NewSageToken(felt.Felt(s.profile.Contracts.Token), s.network.Client())
}

func (s *stage) jobs() bindings.JobManager {
	return bindings.NewJobManager(felt.Felt(s.profile.Contracts.Jobs), s.network.Client())
}

// private is an account's private side with a fresh key.
func (s *stage) private(of *chain.Sender) *privacy.Account {
	client := s.network.Client()
	key := must[elgamal.SecretKey](s.t)(elgamal.GenerateKey(rand.Reader))
	return must[*privacy.Account](s.t)(privacy.NewAccount(privacy.Contracts{
		ChainID:  client.ChainIDFelt(),
		Privacy:  bindings.NewPrivacyRouter(felt.Felt(s.profile.Contracts.Privacy), client),
		Payments: bindings.NewPaymentRouter(felt.Felt(s.profile.Contracts.Payments), client),
		Token:    s.token(),
	}, of.Address(), key, must[*elgamal.Solver](s.t)(elgamal.NewSolver(16))))
}

// fund creates a job and puts its first attempt on-chain, assigned and paid for.
func (s *stage) fund(spec job.Spec, units uint64) job.ID {
	s.t.Helper()
	a, b, err := prover.Expand(spec.Input.Seed, int(spec.Rows), int(spec.Inner), int(spec.Columns))
	if err != nil {
		s.t.Fatal(err)
	}
	input := must[[32]byte](s.t)(prover.CommitInput(s.ctx, a, b))
	salt := job.NewSalt()
	fee := must[abi.U256](s.t)(s.jobs().JobFee(s.ctx))
	w := s.profile.Windows
	s.send(s.payer, s.token().Approve(s.jobs().Address(), fee), s.jobs().Create(bindings.JobTerms{
		Salt: salt, SpecHash: spec.Hash(), InputCommitment: input, AIRID: job.AIRMatmul, AIRVersion: job.AIRMatmulVersion,
		VerifierVersion: job.VerifierVersion, K: spec.K(), Rows: spec.Rows, Inner: spec.Inner, Columns: spec.Columns,
		MinTier: uint8(spec.MinTier), MaxHedges: 1, PenaltyCap: abi.MustU256(amount.SAGE(50)),
		Windows: bindings.Windows{Accept: w.Accept, Submit: w.Submit, Decide: w.Decide, Challenge: w.Challenge, Appeal: w.Appeal},
	}))
	id := job.ID(must[abi.U128](s.t)(s.jobs().JobIDOf(s.ctx, s.payer.Address(), salt)))
	pay := must[abi.Call](s.t)(s.payments.Pay(s.ctx, id, 1, s.worker.Address, units))
	s.send(s.payer, s.jobs().Assign(abi.U128(id), s.worker.Address, abi.U256{}), pay)
	return id
}

// coordinator plays the worker protocol and the blob store.
type coordinator struct {
	s       *stage
	http    *httptest.Server
	welcome chan wire.Auth
	offers  chan wire.WorkerMessage
	got     chan wire.WorkerMessage

	mu    sync.Mutex
	blobs map[job.Hash][]byte
}

func (s *stage) coordinator() *coordinator {
	c := &coordinator{s: s, welcome: make(chan wire.Auth, 10), offers: make(chan wire.WorkerMessage, 10), got: make(chan wire.WorkerMessage, 1000), blobs: map[job.Hash][]byte{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /worker/{address}", c.socket)
	mux.HandleFunc("PUT /v1/blobs/{hash}", c.upload)
	c.http = httptest.NewServer(mux)
	s.t.Cleanup(c.http.Close)
	return c
}

func (c *coordinator) upload(w http.ResponseWriter, r *http.Request) {
	hash, err := job.ParseHash(r.PathValue("hash"))
	if err != nil || r.Header.Get("Authorization") != "Bearer secret" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || blobs.Hash(body) != hash {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	c.mu.Lock()
	c.blobs[hash] = body
	c.mu.Unlock()
	w.WriteHeader(http.StatusCreated)
}

func (c *coordinator) blob(h job.Hash) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.blobs[h]
}

func (c *coordinator) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	say := func(m wire.WorkerMessage) {
		if b, err := wire.EncodeWorker(m); err == nil {
			_ = conn.Write(ctx, websocket.MessageText, b)
		}
	}
	hear := func() wire.WorkerMessage {
		_, b, err := conn.Read(ctx)
		if err != nil {
			return nil
		}
		m, err := wire.DecodeWorker(b)
		if err != nil {
			c.s.t.Error(err)
		}
		return m
	}
	say(wire.Challenge{Network: "test", ChainID: wire.Felt(c.s.network.Client().ChainIDFelt()), Coordinator: wire.Felt(c.s.payer.Address()), Nonce: job.Hash{1}})
	auth, ok := hear().(wire.Auth)
	if !ok {
		return
	}
	say(wire.Welcome{Session: "secret", HeartbeatSeconds: 5, OfflineSeconds: 30, Keep: auth.Holding})
	c.welcome <- auth
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case m := <-c.offers:
				say(m)
			}
		}
	}()
	for m := hear(); m != nil; m = hear() {
		if beat, ok := m.(wire.Heartbeat); ok {
			c.offers <- wire.HeartbeatAck{Timestamp: beat.Timestamp}
			continue
		}
		c.got <- m
	}
}

// await waits for a message of a type.
func await[M wire.WorkerMessage](s *stage, c *coordinator) M {
	s.t.Helper()
	for {
		select {
		case m := <-c.got:
			switch m := any(m).(type) {
			case M:
				return m
			case wire.Declined:
				s.t.Fatalf("declined: %s", m.Reason)
			case wire.Failed:
				s.t.Fatalf("failed: %s", m.Reason)
			}
		case <-s.ctx.Done():
			var m M
			s.t.Fatalf("no %T came", m)
		}
	}
}

// daemon runs a worker on a folder; stop ends it.
func (s *stage) daemon(c *coordinator, dir string, id *identity.Identity) (stop func()) {
	s.t.Helper()
	cpu := must[wire.CPU](s.t)(hardware.CPU(s.ctx))
	store := must[*blobs.Store](s.t)(blobs.Open(filepath.Join(dir, "blobs")))
	records := must[*journal.Journal](s.t)(journal.Open(filepath.Join(dir, "attempts")))
	accepts := policy.Default()
	accepts.MinPriceUnits = 7_000_000_000
	d := must[*Daemon](s.t)(New(Config{
		Network: "test", ChainID: s.profile.ChainIDFelt(), JobManager: felt.Felt(s.profile.Contracts.Jobs),
		Coordinator: must[*url.URL](s.t)(url.Parse(c.http.URL)), Payer: s.payer.Address(), Worker: s.worker.Address, Identity: id,
		Manifest: hardware.Manifest(hardware.Description{Wallet: s.worker.Address, Tier: job.TierConsumer}, cpu, nil, id), Policy: accepts,
		Chain:    onchain.NewAttempts(s.sender, s.profile),
		Payments: onchain.NewPayments(s.network.Client(), felt.Felt(s.profile.Contracts.Privacy), s.balance, s.profile.FromBlock),
		Engine:   executor.Local{}, Blobs: store, Records: records,
		Log:          slog.New(slog.NewTextHandler(logWriter{s.t}, nil)),
		Certificates: s, Grace: 5,
		Poll: 200 * time.Millisecond, MinBackoff: 10 * time.Millisecond, MaxBackoff: 100 * time.Millisecond,
	}))
	ctx, cancel := context.WithCancel(s.ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = d.Run(ctx)
	}()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); <-ended; records.Close() }) }
	s.t.Cleanup(stop)
	return stop
}

type logWriter struct{ t *testing.T }

func (w logWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// certificate is the validator's.
func (s *stage) certificate(id job.ID, verdict bindings.Verdict) wire.Certificate {
	s.t.Helper()
	proofs := bindings.NewProofVerifier(felt.Felt(s.profile.Contracts.Proofs), s.network.Client())
	slot := must[bindings.VoteSlot](s.t)(s.jobs().Slot(s.ctx, abi.U128(id), 1))
	hash := must[felt.Felt](s.t)(proofs.VoteHash(s.ctx, slot, 0, verdict, s.validator))
	sig := must[starkhash.Signature](s.t)(s.voteKey.Sign(hash))
	c := wire.Certificate{Slot: wire.Slot{Job: id, Attempt: 1}, Verdict: wire.Verdict(verdict), Signatures: []wire.Signature{{R: sig.R, S: sig.S}}}
	c.Signers.Set(0)
	return c
}

// certify sends the validator's certificate.
func (s *stage) certify(id job.ID, verdict bindings.Verdict) {
	s.t.Helper()
	proofs := bindings.NewProofVerifier(felt.Felt(s.profile.Contracts.Proofs), s.network.Client())
	c := s.certificate(id, verdict)
	s.send(s.owner, proofs.Approve(abi.U128(id), 1, 0, verdict, abi.U256(c.Signers), []bindings.Signature{{R: c.Signatures[0].R, S: c.Signatures[0].S}}))
}

// finalize ends the attempt once its window is over.
func (s *stage) finalize(id job.ID) {
	s.t.Helper()
	if err := s.network.IncreaseTime(s.ctx, 10*time.Second); err != nil {
		s.t.Fatal(err)
	}
	s.send(s.owner, s.jobs().Finalize(abi.U128(id), 1))
}

// recorded waits for a step of the attempt in the worker's journal.
func (s *stage) recorded(dir string, want journal.Step) journal.Record {
	s.t.Helper()
	return s.await(dir, want, func() {})
}

// passing is recorded while blocks come and time passes.
func (s *stage) passing(dir string, want journal.Step) journal.Record {
	s.t.Helper()
	return s.await(dir, want, func() {
		if err := s.network.IncreaseTime(s.ctx, time.Second); err != nil {
			s.t.Fatal(err)
		}
	})
}

func (s *stage) await(dir string, want journal.Step, meanwhile func()) journal.Record {
	s.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		records, err := journal.Read(filepath.Join(dir, "attempts"))
		if err == nil && len(records) == 1 && records[0].Step.Reached(want) || len(records) == 1 && records[0].Step == want {
			return records[0]
		}
		select {
		case <-s.ctx.Done():
			s.t.Fatalf("never %s: %+v %v", want, records, err)
		case <-tick.C:
			meanwhile()
		}
	}
}

// TestOnRealContracts takes one job through a real worker on real contracts: stake, registration,
// offer, escrow check, accept, proof, upload, submission, a restart before the end, and then without any
// coordinator certificate, finalization and release, claim and withdrawal. Built with faultinjection the worker cheats: then its proof does not
// verify, and its stake is slashed.
func TestOnRealContracts(t *testing.T) {
	if testing.Short() {
		t.Skip("a local Starknet and a real proof take a while")
	}
	s := newStage(t)
	dir := t.TempDir()
	id := must[*identity.Identity](t)(identity.Create(dir))
	must[felt.Felt](t)(s.worker.Stake(s.ctx, amount.SAGE(1_000), job.TierConsumer))
	x, odd := wire.NodeKeyOnChain(id.NodeKey())
	must[account.Registration](t)(s.worker.Register(s.ctx, account.NodeKey{X: x, Odd: odd}, func(tier job.Tier) wire.Manifest {
		return hardware.Manifest(hardware.Description{Wallet: s.worker.Address, Tier: tier}, wire.CPU{}, nil, id)
	}))

	c := s.coordinator()
	stop := s.daemon(c, dir, id)
	auth := <-c.welcome
	spec := job.NewMatmul(8, job.Hash{42})
	const price = 7_500_000_000
	task := s.fund(spec, price)
	c.offers <- wire.Offer{Job: task, Attempt: 1, Fence: 4, Payload: seal(t, auth.Manifest.PayloadKey, wire.Payload{Spec: spec})}
	result := await[wire.ComputeResult](s, c)
	if err := wire.VerifyNode(id.NodeKey(), wire.ResultDigest(result), result.Signature); err != nil {
		t.Error(err)
	}

	// What validators do: the statement from the chain, the blobs by their hashes.
	slot := must[bindings.VoteSlot](t)(s.jobs().Slot(s.ctx, abi.U128(task), 1))
	proof, entries := c.blob(job.Hash(slot.ProofHash)), c.blob(job.Hash(slot.ResultHash))
	if proof == nil || len(entries) != 4*8*8 {
		t.Fatalf("the coordinator holds %d and %d bytes", len(proof), len(entries))
	}
	sealed, err := prover.Verify(prover.Statement{
		AIR: job.AIRMatmul, Version: job.AIRMatmulVersion, K: spec.K(), Rows: 8, Inner: 8, Columns: 8,
		ChainID: s.profile.ChainIDFelt(), JobManager: s.jobs().Address(), JobID: task, Attempt: 1, Worker: s.worker.Address,
		InputCommitment: slot.InputCommitment, ResultCommitment: slot.ResultCommitment,
	}, proof)
	if (err != nil) != faulty {
		t.Fatalf("the proof: %v; the worker cheats: %v", err, faulty)
	}
	if !faulty && (sealed.Commitment != slot.ProofCommitment || job.Hash(sealed.Hash) != job.Hash(slot.ProofHash)) {
		t.Error("the chain holds another proof")
	}
	if faulty {
		// Well-formed: it opens, and the announced names are its own.
		opened, err := prover.Open(proof)
		if err != nil || opened.Commitment != slot.ProofCommitment || job.Hash(opened.Hash) != job.Hash(slot.ProofHash) {
			t.Fatalf("the altered proof is not what was announced: %v", err)
		}
		s.certify(task, bindings.VerdictInvalid)
		s.finalize(task)
		r := s.recorded(dir, journal.Rejected)
		if want := amount.SAGE(100); r.SlashedWei != want.String() {
			t.Errorf("slashed %s, want %s", r.SlashedWei, want)
		}
		w := must[account.Stake](t)(s.worker.Stakes(s.ctx))
		if w.Active.Cmp(amount.SAGE(900)) != 0 || w.Status != "JAILED" {
			t.Errorf("%s with %s SAGE", w.Status, amount.Format(w.Active))
		}
		return
	}

	// The worker restarts while it waits, and says what it holds.
	stop()
	s.daemon(c, dir, id)
	auth = <-c.welcome
	if len(auth.Holding) != 1 || auth.Holding[0].Job != task || auth.Holding[0].State != job.Submitted {
		t.Errorf("after the restart it holds %+v", auth.Holding)
	}
	// The coordinator is gone for good, and validators do not come to the chain. The worker finds their
	// certificate, beside one that does not verify, and makes every call that is left.
	c.http.Close()
	good := s.certificate(task, bindings.VerdictValid)
	bad := good
	bad.Round++
	s.mu.Lock()
	s.offered = []wire.Certificate{bad, good}
	s.mu.Unlock()
	if r := s.passing(dir, journal.Paid); r.PriceUnits != price || r.ApproveTx.IsZero() || r.FinalizeTx.IsZero() || r.ReleaseTx.IsZero() || r.HomeReverts != 0 {
		t.Errorf("paid %d units, want %d: %+v", r.PriceUnits, price, r)
	}
	// Who looks again has nothing to do, and pays nothing.
	attempts := onchain.NewAttempts(s.sender, s.profile)
	mine := must[[]executor.Key](t)(attempts.Mine(s.ctx, task))
	if made, at, err := executor.BringHome(s.ctx, attempts, s, mine[0]); err != nil || len(mine) != 1 || len(made) != 0 || !at.Released {
		t.Errorf("attempts %v, calls after the end %v, released %v, %v", mine, made, at.Released, err)
	}

	claimed, err := s.worker.Claim(s.ctx)
	if err != nil || claimed.Units != price || claimed.Balance != price || claimed.Transaction.IsZero() {
		t.Errorf("claimed %+v %v", claimed, err)
	}
	before := must[account.Funds](t)(s.worker.Funds(s.ctx))
	part := uint64(2_500_000_000)
	if got, err := s.worker.Withdraw(s.ctx, s.worker.Address, &part); err != nil || got.Units != part {
		t.Errorf("withdrew %+v: %v", got, err)
	}
	after := must[account.Funds](t)(s.worker.Funds(s.ctx))
	if gain := new(big.Int).Sub(after.SAGE, before.SAGE); gain.Cmp(amount.FromUnits(part)) != 0 {
		t.Errorf("the public balance grew by %s", amount.Format(gain))
	}
	if got, err := s.worker.Withdraw(s.ctx, s.worker.Address, nil); err != nil || got.Units != price-part {
		t.Errorf("withdrew the rest, %+v: %v", got, err)
	}
	if again, err := s.worker.Claim(s.ctx); err != nil || again.Units != 0 || again.Balance != 0 {
		t.Errorf("a second claim: %+v %v", again, err)
	}
}

func seal(t *testing.T, payloadKey []byte, p wire.Payload) []byte {
	t.Helper()
	plain := must[[]byte](t)(json.Marshal(p))
	key := must[hpke.PublicKey](t)(hpke.DHKEM(ecdh.X25519()).NewPublicKey(payloadKey))
	return must[[]byte](t)(hpke.Seal(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(wire.PayloadInfo), plain))
}

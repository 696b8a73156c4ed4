package privacy_test

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"go.uber.org/goleak"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/devnet"
	"github.com/sage-network/sage-node/contracts"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/wire"
)

var (
	local  *devnet.Devnet
	solver *elgamal.Solver
)

func TestMain(m *testing.M) {
	var err error
	if local, err = devnet.Start(context.Background(), devnet.Options{Seed: 7, Accounts: 8}); err != nil {
		fmt.Fprintln(os.Stderr, "the tests need a local Starknet:", err)
		os.Exit(1)
	}
	if solver, err = elgamal.NewSolver(16); err != nil {
		panic(err) // the argument is a constant
	}
	code := m.Run()
	local.Stop()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

const (
	feeBps    = 25
	delay     = 100_000
	challenge = 60
)

var windows = bindings.Windows{Accept: 600, Submit: 600, Decide: 600, Challenge: challenge, Appeal: 600}

// nodeKey is the abscissa of secp256k1's generator, whose ordinate is even.
var nodeKey = abi.U256{
	0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07,
	0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98,
}

// actor is a Starknet account with, where it has one, its private account.
type actor struct {
	*chain.Sender
	private *privacy.Account
	key     elgamal.SecretKey
}

// world is a local network with all contracts, an auditor, a validator, an
// owner of jobs and a staked worker, both with private accounts.
type world struct {
	t                               *testing.T
	contracts                       privacy.Contracts
	router                          bindings.PrivacyRouter
	jobs                            bindings.JobManager
	proofs                          bindings.ProofVerifier
	token                           bindings.SageToken
	staking                         felt.Felt
	owner, payer, worker, validator actor
	voteKey                         starkhash.PrivateKey
	auditor                         elgamal.SecretKey
	jobCount                        uint64
	salt                            felt.Felt // of the contracts
}

// worlds counts the worlds of the local network, each with contracts of its own.
var worlds atomic.Uint64

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, salt: starkhash.Uint64(worlds.Add(1))}
	accounts, err := local.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range []*actor{&w.owner, &w.payer, &w.worker, &w.validator} {
		journal, err := chain.NewFileJournal(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		a.Sender, err = chain.NewSender(local.Client(), chain.SenderConfig{Address: accounts[i].Address, Signer: accounts[i].Key, Journal: journal})
		if err != nil {
			t.Fatal(err)
		}
	}
	staking, validators, wiring := w.deploy()
	w.wire(wiring)
	w.populate(staking, validators)
	return w
}

// deploy declares and deploys every contract but the faucet.
func (w *world) deploy() (bindings.StakingManager, bindings.ValidatorRegistry, bindings.Wiring) {
	owner := w.owner.Address()
	place := func(name string, constructor []felt.Felt) felt.Felt {
		w.t.Helper()
		files, err := contracts.Load(name)
		if err != nil {
			w.t.Fatal(err)
		}
		class, err := chain.ParseClass(files.Sierra, files.CASM)
		if err != nil {
			w.t.Fatal(err)
		}
		if err := w.owner.Declare(w.t.Context(), class); err != nil {
			w.t.Fatalf("declare %s: %v", name, err)
		}
		w.send(w.owner, chain.Deploy(class.Hash(), w.salt, constructor))
		return chain.DeployedAddress(owner, class.Hash(), w.salt, constructor)
	}
	wiring := bindings.Wiring{
		Token:      place("SageToken", bindings.SageTokenConstructor(owner, sage(1_000_000))),
		Staking:    place("StakingManager", bindings.StakingManagerConstructor(owner, delay, 5_000)),
		Validators: place("ValidatorRegistry", bindings.ValidatorRegistryConstructor(owner, delay, 3600, sage(1_000), 50_000, false)),
		Jobs:       place("JobManager", bindings.JobManagerConstructor(owner, delay, abi.U256{}, windows, windows)),
		Proofs:     place("ProofVerifier", bindings.ProofVerifierConstructor(owner, delay)),
		Payments:   place("PaymentRouter", bindings.PaymentRouterConstructor(owner, delay)),
		Privacy:    place("PrivacyRouter", bindings.PrivacyRouterConstructor(owner, delay, feeBps, 600)),
		Reputation: place("ReputationManager", bindings.ReputationManagerConstructor(owner, delay)),
	}
	client := local.Client()
	w.staking = wiring.Staking
	w.router = bindings.NewPrivacyRouter(wiring.Privacy, client)
	w.jobs = bindings.NewJobManager(wiring.Jobs, client)
	w.proofs = bindings.NewProofVerifier(wiring.Proofs, client)
	w.token = bindings.NewSageToken(wiring.Token, client)
	w.contracts = privacy.Contracts{
		ChainID: client.ChainIDFelt(), Privacy: w.router,
		Payments: bindings.NewPaymentRouter(wiring.Payments, client), Token: w.token,
	}
	return bindings.NewStakingManager(wiring.Staking, client), bindings.NewValidatorRegistry(wiring.Validators, client), wiring
}

func (w *world) wire(wiring bindings.Wiring) {
	w.t.Helper()
	w.send(w.owner,
		bindings.NewStakingManager(wiring.Staking, nil).Wire(wiring), bindings.NewValidatorRegistry(wiring.Validators, nil).Wire(wiring),
		w.jobs.Wire(wiring), w.proofs.Wire(wiring), w.contracts.Payments.Wire(wiring), w.router.Wire(wiring),
		bindings.NewReputationManager(wiring.Reputation, nil).Wire(wiring))
}

// populate hands out tokens, opens the private accounts, installs the auditor
// and stakes worker and validator.
func (w *world) populate(staking bindings.StakingManager, validators bindings.ValidatorRegistry) {
	w.t.Helper()
	ctx := w.t.Context()
	for _, a := range []actor{w.payer, w.worker, w.validator} {
		w.send(w.owner, w.token.Transfer(a.Address(), sage(10_000)))
	}
	for _, a := range []*actor{&w.payer, &w.worker} {
		a.key = w.newKey()
		var err error
		if a.private, err = privacy.NewAccount(w.contracts, a.Address(), a.key, solver); err != nil {
			w.t.Fatal(err)
		}
		w.send(*a, w.must(a.private.Register(ctx)))
	}
	w.auditor = w.newKey()
	w.send(w.owner, w.must(privacy.RotateAuditor(ctx, w.contracts, w.owner.Address(), w.auditor)))

	w.send(w.worker, w.token.Approve(staking.Address(), sage(1_000)), staking.Stake(sage(1_000), 1),
		staking.RegisterWorker(nodeKey, false, abi.U256FromUint64(1), abi.U256{}))

	var err error
	if w.voteKey, err = starkhash.NewPrivateKey(append(make([]byte, 31), 77)); err != nil {
		w.t.Fatal(err)
	}
	public := w.voteKey.PublicKey().X()
	possession := w.sign(wire.VoteKeyHash(w.contracts.ChainID, validators.Address(), w.validator.Address(), public))
	w.send(w.validator, w.token.Approve(validators.Address(), sage(1_000)), validators.RegisterValidator(public, possession, sage(1_000)))
	w.send(w.owner, validators.SealGenesis())
}

// newJob opens a job of the payer's.
func (w *world) newJob() abi.U128 {
	w.t.Helper()
	w.jobCount++
	salt := starkhash.Uint64(w.jobCount)
	version, err := w.proofs.Version(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	w.send(w.payer, w.jobs.Create(bindings.JobTerms{
		Salt: salt, SpecHash: felt.One, InputCommitment: abi.U256FromUint64(9), AIRID: 1, AIRVersion: 1, VerifierVersion: version,
		K: 4, Rows: 16, Inner: 16, Columns: 16, MinTier: 1, MaxHedges: 1, PenaltyCap: sage(100),
		Windows: windows,
	}))
	id, err := w.jobs.JobIDOf(w.t.Context(), w.payer.Address(), salt)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// approve takes a funded attempt through accept, submission and the validator's
// certificate until it is APPROVED.
func (w *world) approve(id abi.U128, attempt uint32) {
	w.t.Helper()
	ctx := w.t.Context()
	terms, err := w.jobs.TermsHash(ctx, id, attempt)
	if err != nil {
		w.t.Fatal(err)
	}
	w.send(w.worker, w.jobs.Accept(id, attempt, terms))
	w.send(w.worker, w.jobs.SubmitResult(id, attempt, abi.U256FromUint64(2), starkhash.Uint64(3), abi.U256FromUint64(4), abi.U256FromUint64(5)))
	slot, err := w.jobs.Slot(ctx, id, attempt)
	if err != nil {
		w.t.Fatal(err)
	}
	hash, err := w.proofs.VoteHash(ctx, slot, 0, bindings.VerdictValid, w.validator.Address())
	if err != nil {
		w.t.Fatal(err)
	}
	w.send(w.validator, w.proofs.Approve(id, attempt, 0, bindings.VerdictValid, abi.U256FromUint64(1), []bindings.Signature{w.sign(hash)}))
	if err := local.IncreaseTime(ctx, (challenge+5)*time.Second); err != nil {
		w.t.Fatal(err)
	}
	w.send(w.owner, w.jobs.Finalize(id, attempt))
}

func (w *world) sign(hash felt.Felt) bindings.Signature {
	w.t.Helper()
	s, err := w.voteKey.Sign(hash)
	if err != nil {
		w.t.Fatal(err)
	}
	return bindings.Signature{R: s.R, S: s.S}
}

func (w *world) newKey() elgamal.SecretKey {
	w.t.Helper()
	k, err := elgamal.GenerateKey(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

func (w *world) send(a actor, calls ...abi.Call) chain.Receipt {
	w.t.Helper()
	receipt, err := a.Send(w.t.Context(), calls...)
	if err != nil {
		w.t.Fatal(err)
	}
	return receipt
}

func (w *world) must(call abi.Call, err error) abi.Call {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	return call
}

func (w *world) state(a actor) privacy.State {
	w.t.Helper()
	s, err := a.private.State(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// conserved compares what all accounts decrypt, plus what is in escrow, with
// the contract's own sum and with the tokens that it holds.
func (w *world) conserved(escrowed uint64) {
	w.t.Helper()
	payer, worker := w.state(w.payer), w.state(w.worker)
	sum := payer.Balance + payer.Pending + worker.Balance + worker.Pending + escrowed
	total, err := w.router.TotalUnits(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	held, err := w.token.BalanceOf(w.t.Context(), w.router.Address())
	if err != nil {
		w.t.Fatal(err)
	}
	if sum != total || held.Big().Cmp(amount.FromUnits(total)) != 0 {
		w.t.Fatalf("decrypted %d units, contract says %d, it holds %s wei", sum, total, held)
	}
}

func sage(n uint64) abi.U256 { return abi.MustU256(new(big.Int).Set(amount.SAGE(n))) }

package hostile_test

import (
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
)

// party is a Starknet account with its private account.
type party struct {
	*chain.Sender
	private *privacy.Account
}

// trade is a payer with open jobs and a staked worker, on the deployed contracts.
type trade struct {
	t             testing.TB
	n             *network
	contracts     privacy.Contracts
	router        bindings.PrivacyRouter
	jobs          bindings.JobManager
	proofs        bindings.ProofVerifier
	token         bindings.SageToken
	owner         *chain.Sender
	payer, worker party
	receipts      map[string]receipt
}

// receipt is what an entry point cost.
type receipt struct{ gas, felts int }

const challenge = 5 * time.Second

// nodeKey is the abscissa of secp256k1's generator, whose ordinate is even.
var nodeKey = abi.U256{
	0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07,
	0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98,
}

func sage(n uint64) abi.U256 { return abi.MustU256(amount.SAGE(n)) }

// newTrade opens both private accounts, deposits 5,000 SAGE of the payer's, and stakes the worker.
func newTrade(t testing.TB, n *network) *trade {
	t.Helper()
	at := n.profile.Contracts
	c := n.client
	w := &trade{
		t: t, n: n, router: bindings.NewPrivacyRouter(felt.Felt(at.Privacy), c), jobs: bindings.NewJobManager(felt.Felt(at.Jobs), c),
		proofs: bindings.NewProofVerifier(felt.Felt(at.Proofs), c), token: bindings.NewSageToken(felt.Felt(at.Token), c),
		owner: n.as(t, owner), receipts: map[string]receipt{},
	}
	w.contracts = privacy.Contracts{
		ChainID: c.ChainIDFelt(), Privacy: w.router, Payments: bindings.NewPaymentRouter(felt.Felt(at.Payments), c), Token: w.token,
	}
	solver, err := elgamal.NewSolver(16)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*party{&w.payer, &w.worker} {
		p.Sender = n.as(t, traders+n.traded)
		n.traded++
		if p.private, err = privacy.NewAccount(w.contracts, p.Address(), newKey(t), solver); err != nil {
			t.Fatal(err)
		}
		send(t, w.owner, w.token.Transfer(p.Address(), sage(20_000)))
		call, err := p.private.Register(t.Context())
		w.measure("PrivacyRouter.register", p.Sender, ok(t, call, err))
	}
	deposit, err := w.payer.private.Deposit(t.Context(), 5_000_000_000_000)
	if err != nil {
		t.Fatal(err)
	}
	send(t, w.payer.Sender, deposit...)
	staking := bindings.NewStakingManager(felt.Felt(at.Staking), c)
	send(t, w.worker.Sender, w.token.Approve(staking.Address(), sage(1_000)), staking.Stake(sage(1_000), 1),
		staking.RegisterWorker(nodeKey, false, abi.U256FromUint64(1), abi.U256{}))
	return w
}

// measure sends calls and keeps what they cost under a name; the calldata is the last call's.
func (w *trade) measure(name string, by *chain.Sender, calls ...abi.Call) chain.Receipt {
	w.t.Helper()
	r := send(w.t, by, calls...)
	w.receipts[name] = receipt{int(r.L2Gas), len(calls[len(calls)-1].Calldata)}
	return r
}

// assigned opens a job with an attempt that waits for its payment.
func (w *trade) assigned() abi.U128 {
	w.t.Helper()
	ctx := w.t.Context()
	version, err := w.proofs.Version(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	salt := starkhash.Uint64(salts.Add(1))
	terms := bindings.JobTerms{
		Salt: salt, SpecHash: felt.One, InputCommitment: abi.U256FromUint64(9), AIRID: 1, AIRVersion: 1, VerifierVersion: version,
		K: 4, Rows: 16, Inner: 16, Columns: 16, MinTier: 1, MaxHedges: 1, PenaltyCap: sage(100),
		Windows: bindings.Windows{Accept: 600, Submit: 600, Decide: 120, Challenge: uint64(challenge / time.Second), Appeal: 5},
	}
	send(w.t, w.payer.Sender, w.token.Approve(w.jobs.Address(), sage(1)), w.jobs.Create(terms))
	id, err := w.jobs.JobIDOf(ctx, w.payer.Address(), salt)
	if err != nil {
		w.t.Fatal(err)
	}
	send(w.t, w.payer.Sender, w.jobs.Assign(id, w.worker.Address(), abi.U256{}))
	return id
}

// payment proves a payment for the first attempt.
func (w *trade) payment(id abi.U128, units uint64) abi.Call {
	w.t.Helper()
	call, err := w.payer.private.Pay(w.t.Context(), job.ID(id), 1, w.worker.Address(), units)
	return ok(w.t, call, err)
}

// pay locks a payment and returns its event.
func (w *trade) pay(id abi.U128, units uint64) bindings.PrivacyRouterPaymentLocked {
	w.t.Helper()
	return w.lockedBy(w.measure("PaymentRouter.pay", w.payer.Sender, w.payment(id, units)))
}

func (w *trade) lockedBy(r chain.Receipt) bindings.PrivacyRouterPaymentLocked {
	w.t.Helper()
	for _, e := range r.Events {
		if typed, err := w.router.DecodeEvent(e); err == nil {
			if locked, ok := typed.(*bindings.PrivacyRouterPaymentLocked); ok {
				return *locked
			}
		}
	}
	w.t.Fatal("no PaymentLocked event")
	panic("unreachable")
}

// approve takes a funded attempt to APPROVED.
func (w *trade) approve(id abi.U128) {
	w.t.Helper()
	send(w.t, w.owner, w.certify(id, w.submit(id)))
	if err := w.n.IncreaseTime(w.t.Context(), challenge+time.Second); err != nil {
		w.t.Fatal(err)
	}
	send(w.t, w.owner, w.jobs.Finalize(id, 1))
}

// submit takes a funded attempt to SUBMITTED and returns what is voted on.
func (w *trade) submit(id abi.U128) bindings.VoteSlot {
	w.t.Helper()
	ctx := w.t.Context()
	terms, err := w.jobs.TermsHash(ctx, id, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	send(w.t, w.worker.Sender, w.jobs.Accept(id, 1, terms))
	send(w.t, w.worker.Sender, w.jobs.SubmitResult(id, 1, abi.U256FromUint64(2), starkhash.Uint64(3), abi.U256FromUint64(4), abi.U256FromUint64(5)))
	slot, err := w.jobs.Slot(ctx, id, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	return slot
}

// certify calls for the approval of the first attempt with the only validator's vote for slot.
func (w *trade) certify(id abi.U128, slot bindings.VoteSlot) abi.Call {
	w.t.Helper()
	hash, err := w.proofs.VoteHash(w.t.Context(), slot, 0, bindings.VerdictValid, w.n.as(w.t, validator).Address())
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := w.n.voteKey.Sign(hash)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.proofs.Approve(id, 1, 0, bindings.VerdictValid, abi.U256FromUint64(1), []bindings.Signature{{R: s.R, S: s.S}})
}

func (w *trade) state(p party) privacy.State {
	w.t.Helper()
	s, err := p.private.State(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

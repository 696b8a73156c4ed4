package onchain

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/deploy"
	"github.com/sage-network/sage-node/chain/devnet"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/coordinator/metrics"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
)

// oneSAGE in units.
const oneSAGE = 1_000_000_000

// purse is a payer on a local network with a registered worker.
type purse struct {
	*testing.T
	*Chain
	profile *profile.Profile
	worker  felt.Felt
	log     bytes.Buffer
	salts   uint64
	// registry has the payer's metrics.
	registry *prometheus.Registry

	mu      sync.Mutex
	sent    []chain.Entry
	sending func(chain.Entry) // besides, if not nil
}

func newPurse(t *testing.T) *purse {
	t.Helper()
	ctx := t.Context()
	network, err := devnet.Start(ctx, devnet.Options{Seed: 17, Accounts: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(network.Stop)
	accounts, err := network.Accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p := &purse{T: t, registry: prometheus.NewRegistry()}
	payerKey, err := starkhash.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	accounts[1] = devnet.Account{Address: chain.AccountAddress(chain.AccountClass, payerKey.PublicKey()), Key: payerKey}
	senders := make([]*chain.Sender, len(accounts))
	for i, a := range accounts {
		journal, err := chain.NewFileJournal(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		senders[i], err = chain.NewSender(network.Client(), chain.SenderConfig{Address: a.Address, Signer: a.Key, Journal: journal, Sending: func(e chain.Entry) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.sent = append(p.sent, e)
			if p.sending != nil {
				p.sending(e)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	owner, payer, worker, validator := senders[0], senders[1], senders[2], senders[3]
	voteKey, err := starkhash.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.profile, err = deploy.Run(ctx, deploy.Config{
		Name: "purse", RPC: network.URL(), Owner: owner, Salt: felt.One, Parameters: deploy.Local(), Auditor: newKey(t),
		Validators: []deploy.Validator{{Sender: validator, VoteKey: voteKey, Stake: amount.SAGE(10_000)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Chain, err = New(Config{
		Profile: p.profile, Client: network.Client(), Sender: payer, Secret: newKey(t), Log: slog.New(slog.NewTextHandler(&p.log, nil)),
		Deposit: 10 * oneSAGE, Low: 5 * oneSAGE, High: 15 * oneSAGE, PenaltyCap: amount.SAGE(1), FaucetFee: amount.SAGE(1),
		Metrics: metrics.NewPayments(p.registry),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.populate(owner, payer, worker)
	return p
}

func newKey(t *testing.T) elgamal.SecretKey {
	t.Helper()
	key, err := elgamal.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// populate gives 100 SAGE to the payer, and stakes and registers the worker.
func (p *purse) populate(owner, payer, worker *chain.Sender) {
	p.Helper()
	p.worker = worker.Address()
	p.must(owner, bindings.NewSageToken(chain.FeeToken, nil).Transfer(payer.Address(), abi.MustU256(amount.SAGE(500))),
		p.token.Transfer(payer.Address(), abi.MustU256(amount.SAGE(100))), p.token.Transfer(worker.Address(), abi.MustU256(amount.SAGE(1000))))
	solver, err := elgamal.NewSolver(solverBits)
	if err != nil {
		p.Fatal(err)
	}
	private, err := privacy.NewAccount(privacy.Contracts{
		ChainID: p.profile.ChainIDFelt(), Privacy: p.Chain.privacy, Payments: p.payments, Token: p.token,
	}, worker.Address(), newKey(p.T), solver)
	if err != nil {
		p.Fatal(err)
	}
	open, err := private.Register(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	// The abscissa of secp256k1's generator, whose ordinate is even.
	node := abi.U256{
		0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07,
		0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98,
	}
	p.must(worker, open, p.token.Approve(p.staking.Address(), abi.MustU256(amount.SAGE(1000))), p.staking.Stake(abi.MustU256(amount.SAGE(1000)), 1),
		p.staking.RegisterWorker(node, false, abi.U256FromUint64(1), abi.U256{}))
}

func (p *purse) must(from *chain.Sender, calls ...abi.Call) {
	p.Helper()
	if _, err := from.Send(p.Context(), calls...); err != nil {
		p.Fatal(err)
	}
}

// order creates a job on-chain and returns what funds its first attempt.
func (p *purse) order(price uint64) settle.Funding {
	p.Helper()
	return p.orders(1, price)[0]
}

// TestManyPaymentsAtOnce: jobs that come at once are all funded within a few blocks, although each proof is for the balance
// that the one before it leaves, deposits come in between, and one of them cannot be funded. No transaction is reverted.
func TestManyPaymentsAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a local Starknet")
	}
	p := newPurse(t)
	ctx := t.Context()
	if err := p.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	const jobs = 12
	created := p.transactions()
	orders := p.orders(jobs, 4*oneSAGE)
	if created = p.transactions() - created; created > 6 {
		t.Errorf("%d transactions to create %d jobs", created, jobs)
	}
	foreign := settle.Funding{Job: job.ID{1}, Attempt: 1, Worker: p.worker, Price: 3 * oneSAGE}
	before := p.transactions()
	var all sync.WaitGroup
	for i, o := range orders {
		all.Go(func() {
			if _, err := p.Fund(ctx, o); err != nil {
				t.Errorf("payment %d: %v", i, err)
			}
		})
		if i == jobs/2 {
			all.Go(func() {
				if _, err := p.Fund(ctx, foreign); !errors.Is(err, chain.ErrReverted) {
					t.Errorf("a payment for nobody's job: %v, want %v", err, chain.ErrReverted)
				}
			})
			all.Go(func() {
				if err := p.Replenish(ctx); err != nil {
					t.Errorf("replenish: %v", err)
				}
			})
		}
	}
	all.Wait()
	// One by itself while the others gather, then these, before and after the deposit.
	sent := p.transactions() - before
	t.Logf("%d jobs created in %d transactions, funded in %d", jobs, created, sent)
	if sent > 6 {
		t.Errorf("%d transactions for %d payments", sent, jobs)
	}
	for _, o := range orders {
		if status, err := p.Escrow(ctx, o.Job, 1); err != nil || status != bindings.EscrowStatusLocked {
			t.Errorf("job %s: %s, %v", o.Job, status, err)
		}
	}
	p.neverReverted()
	if err := p.Replenish(ctx); err != nil {
		t.Error(err)
	}
	f, err := p.Funds(ctx)
	if err != nil || f.Private < 5*oneSAGE || f.Level(4*oneSAGE) != settle.LevelOK {
		t.Errorf("funds: %+v, %v", f, err)
	}
	for name, want := range map[string]float64{"sage_payments_in_flight": 0, "sage_payment_seconds": jobs, "sage_payment_failures_total": 1} {
		if got := p.metric(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if n := p.metric("sage_transaction_orders"); n >= jobs {
		t.Errorf("%v transactions", n)
	}
	p.refunds(orders[0])
	p.manyRefunds(orders[1])
	p.interrupted()
	p.runsOut()
	p.neverReverted()
}

// interrupted stops the coordinator when a transaction with several payments is stored and not yet sent, and starts it again: all
// of them are paid, once.
func (p *purse) interrupted() {
	p.Helper()
	const price = oneSAGE / 2
	orders := p.orders(4, price)
	before, err := p.Funds(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	ctx, stop := context.WithCancel(p.Context())
	p.mu.Lock()
	p.sending = func(e chain.Entry) {
		if strings.Count(e.Purpose, "assign") > 1 {
			stop()
		}
	}
	p.mu.Unlock()
	var all sync.WaitGroup
	for _, o := range orders {
		all.Go(func() { _, _ = p.Fund(ctx, o) })
	}
	all.Wait()
	p.mu.Lock()
	p.sending = nil
	p.mu.Unlock()
	if ctx.Err() == nil {
		p.Fatal("no transaction had several payments")
	}
	ctx = p.Context()
	if err := p.Flush(ctx); err != nil { // as Reconcile does at the start
		p.Fatal(err)
	}
	for _, o := range orders {
		status, err := p.Escrow(ctx, o.Job, 1)
		if err != nil {
			p.Fatal(err)
		}
		if status == bindings.EscrowStatusLocked {
			sent := p.transactions()
			if _, err := p.Fund(ctx, o); !errors.Is(err, chain.ErrReverted) || p.transactions() != sent {
				p.Errorf("a second payment: %v, %d transactions", err, p.transactions()-sent)
			}
			continue
		}
		if _, err := p.Fund(ctx, o); err != nil { // it was not in that transaction
			p.Error(err)
		}
	}
	if after, err := p.Funds(ctx); err != nil || after.Private+after.Pending != before.Private+before.Pending-uint64(len(orders))*price {
		p.Errorf("%+v, %v; before: %+v", after, err, before)
	}
}

// manyRefunds: refunds that a high balance does not need are taken in all the same when there are many.
func (p *purse) manyRefunds(o settle.Funding) {
	p.Helper()
	ctx := p.Context()
	if err := p.Replenish(ctx); err != nil {
		p.Fatal(err)
	}
	p.refund(o)
	for _, look := range []struct{ many, pending uint64 }{{2, uint64(o.Price)}, {1, 0}} {
		p.manyCredits = look.many
		if err := p.Replenish(ctx); err != nil {
			p.Fatal(err)
		}
		if f, err := p.Funds(ctx); err != nil || f.Pending != look.pending || f.Private < f.Low {
			p.Errorf("one refund where %d are many: %+v, %v", look.many, f, err)
		}
	}
}

// refund brings one payment back.
func (p *purse) refund(o settle.Funding) {
	p.Helper()
	ctx := p.Context()
	if _, err := p.Act(ctx, settle.CancelAttempt, o.Job, 1); err != nil {
		p.Fatal(err)
	}
	tuple, err := p.Tuple(ctx, o.Job, 1)
	if err != nil {
		p.Fatal(err)
	}
	if _, err := p.Refund(ctx, tuple); err != nil {
		p.Fatal(err)
	}
}

// orders creates jobs that come at once.
func (p *purse) orders(count int, price uint64) []settle.Funding {
	p.Helper()
	out := make([]settle.Funding, count)
	var all sync.WaitGroup
	for i := range out {
		p.salts++
		salt := starkhash.Uint64(p.salts)
		j := store.Job{
			ID: job.NewID(p.Payer(), salt), Spec: job.NewMatmul(16, job.Hash{1}), Salt: salt, InputCommitment: job.Hash{9}, Price: store.Price(price), MaxHedges: 1,
		}
		out[i] = settle.Funding{Job: j.ID, Attempt: 1, Worker: p.worker, Price: j.Price}
		all.Go(func() {
			if _, err := p.Create(p.Context(), j); err != nil {
				p.Errorf("job %d: %v", i, err)
			}
		})
	}
	all.Wait()
	return out
}

// metric is the sum of a metric's values, and of a histogram the number of them.
func (p *purse) metric(name string) (sum float64) {
	p.Helper()
	families, err := p.registry.Gather()
	if err != nil {
		p.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.Metric {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

func (p *purse) transactions() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sent)
}

func (p *purse) neverReverted() {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.sent {
		if _, err := p.client.Receipt(p.Context(), e.Hash); err != nil {
			p.Errorf("%s: %v", e.Purpose, err)
		}
	}
}

// refunds brings one payment back: it is taken in before anything is deposited.
func (p *purse) refunds(o settle.Funding) {
	p.Helper()
	ctx := p.Context()
	before, err := p.Funds(ctx)
	if err != nil {
		p.Fatal(err)
	}
	p.refund(o)
	pending, err := p.Funds(ctx)
	if err != nil || pending.Pending != uint64(o.Price) {
		p.Fatalf("refunded: %+v, %v", pending, err)
	}
	if _, err := p.Fund(ctx, p.order(before.Private+1)); err != nil {
		p.Fatal(err)
	}
	after, err := p.Funds(ctx)
	if err != nil || after.Pending != 0 || after.Private != uint64(o.Price)-1 || after.Public.Cmp(before.Public) > 0 {
		p.Errorf("after: %+v, %v; before: %+v", after, err, before)
	}
}

// runsOut asks for more than there is: nothing is sent, both public amounts are named, and no price.
func (p *purse) runsOut() {
	p.Helper()
	ctx := p.Context()
	o := p.order(777 * oneSAGE)
	before := len(p.sent)
	for range 2 {
		if _, err := p.Fund(ctx, o); !errors.Is(err, settle.ErrFunds) {
			p.Fatalf("%v, want %v", err, settle.ErrFunds)
		}
	}
	f, err := p.Funds(ctx)
	if err != nil || len(p.sent) != before {
		p.Fatalf("%v, %d transactions", err, len(p.sent)-before)
	}
	text := p.log.String()
	for _, want := range []string{"level=WARN", "have=" + amount.Format(f.Public), "deposit=10"} {
		if !strings.Contains(text, want) {
			p.Errorf("the log does not say %s: %s", want, text)
		}
	}
	if strings.Count(text, "payments wait for more") != 1 || strings.Contains(text, "777") {
		p.Errorf("the log: %s", text)
	}
	if f.Level(777*oneSAGE) != settle.LevelEmpty {
		p.Errorf("level %s of %+v", f.Level(777*oneSAGE), f)
	}
	if err := p.Replenish(context.WithoutCancel(ctx)); err != nil {
		p.Error(err)
	}
}

package hostile_test

import (
	"context"
	"slices"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/contracts"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// tester is what testing.T and rapid.T have in common.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Context() context.Context
}

// bank is a PrivacyRouter of its own, over any token, whose PaymentRouter is a puppet: escrows open when the test says so.
type bank struct {
	t        tester
	owner    *chain.Sender
	router   bindings.PrivacyRouter
	token    felt.Felt
	payments felt.Felt // a puppet
	auditor  elgamal.PublicKey
	epoch    uint64
}

const auditorGrace = 600

func newBank(t testing.TB, token felt.Felt, feeBps uint16) *bank {
	t.Helper()
	b := &bank{t: t, owner: as(t, owner), token: token, epoch: 1}
	b.payments = placeHostile(t, b.owner, "Puppet")
	files, err := contracts.Load("PrivacyRouter")
	at := place(t, b.owner, files, err, bindings.PrivacyRouterConstructor(b.owner.Address(), upgradeDelay, feeBps, auditorGrace)...)
	b.router = bindings.NewPrivacyRouter(at, net.client)
	c := net.profile.Contracts
	auditor := newKey(t)
	b.auditor = auditor.Public()
	proof, err := elgamal.ProveRotation(nil, elgamal.Context{
		ChainID: net.client.ChainIDFelt(), Contract: at, Caller: b.owner.Address(), Asset: token, KeyEpoch: b.epoch,
	}, auditor)
	if err != nil {
		t.Fatal(err)
	}
	send(t, b.owner, b.router.Wire(bindings.Wiring{
		Token: token, Staking: felt.Felt(c.Staking), Validators: felt.Felt(c.Validators), Jobs: felt.Felt(c.Jobs), Proofs: felt.Felt(c.Proofs),
		Payments: b.payments, Privacy: at, Reputation: felt.Felt(c.Reputation),
	}), b.router.RotateAuditor(bindingPoint(b.auditor.Point()), decode(t, proof.Felts(), bindings.DecodeKeyProof)))
	return b
}

// customer is an account as it should be: what the chain has must equal it.
type customer struct {
	at                felt.Felt // a puppet, or whoever else calls
	key               elgamal.SecretKey
	nonce             uint64
	units             uint64
	balance           elgamal.Ciphertext
	pending           uint64
	pendingLo, pendHi elgamal.Ciphertext
	credits           uint64
}

// locked is an escrow as it should be.
type locked struct {
	job           uint64
	escrow        elgamal.Escrow
	binding       bindings.Escrow
	units         uint64
	payer, worker *customer
	end           bindings.EscrowStatus
}

func (b *bank) context(c *customer) elgamal.Context {
	return elgamal.Context{
		ChainID: net.client.ChainIDFelt(), Contract: b.router.Address(), Caller: c.at, Asset: b.token, Nonce: c.nonce, Balance: c.balance,
	}
}

func decode[T any](t tester, felts []felt.Felt, from func(*abi.Decoder) T) T {
	t.Helper()
	d := abi.NewDecoder(felts)
	out := from(d)
	if err := d.Finish(); err != nil {
		t.Fatal(err)
	}
	return out
}

func bindingPoint(p elgamal.Point) bindings.Point { return bindings.Point{X: p.X(), Y: p.Y()} }

// by makes a puppet call.
func by(puppet felt.Felt, call abi.Call) abi.Call { return puppetCall(puppet, "act", call) }

// fails makes a puppet call that must fail.
func fails(puppet felt.Felt, call abi.Call) abi.Call { return puppetCall(puppet, "fail", call) }

func puppetCall(puppet felt.Felt, entry string, call abi.Call) abi.Call {
	head := []felt.Felt{call.To, call.Selector(), starkhash.Uint64(uint64(len(call.Calldata)))}
	return abi.Call{To: puppet, EntryPoint: entry, Calldata: slices.Concat(head, call.Calldata)}
}

// register opens the account of c, which c must call.
func (b *bank) register(c *customer) abi.Call {
	b.t.Helper()
	proof, err := elgamal.ProveRegister(nil, b.context(c), c.key)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.router.Register(bindingPoint(c.key.Public().Point()), decode(b.t, proof.Felts(), bindings.DecodeKeyProof))
}

// settle moves c to its next state.
func (c *customer) settle(balance elgamal.Ciphertext, units uint64) {
	c.nonce, c.balance, c.units = c.nonce+1, balance, units
}

func (b *bank) seal(c *customer, balance elgamal.Ciphertext, units uint64) felt.Felt {
	b.t.Helper()
	hint, err := elgamal.SealBalance(c.key, b.context(c).After(balance), units)
	if err != nil {
		b.t.Fatal(err)
	}
	return felt.Felt(hint)
}

// deposit credits units − fee.
func (b *bank) deposit(c *customer, units, fee uint64) abi.Call {
	b.t.Helper()
	after := c.balance.AddPlain(units - fee)
	call := b.router.Deposit(units, c.nonce, b.seal(c, after, c.units+units-fee))
	c.settle(after, c.units+units-fee)
	return call
}

func (b *bank) approve(units uint64) abi.Call {
	return bindings.NewSageToken(b.token, nil).Approve(b.router.Address(), abi.MustU256(amount.FromUnits(units)))
}

func (b *bank) withdraw(c *customer, to felt.Felt, units uint64) abi.Call {
	b.t.Helper()
	st := elgamal.WithdrawStatement{Context: b.context(c), Key: c.key.Public(), To: to, Amount: units}
	w, err := elgamal.ProveWithdraw(nil, st, c.key, c.units)
	if err != nil {
		b.t.Fatal(err)
	}
	c.settle(c.balance.SubPlain(units), c.units-units)
	return b.router.Withdraw(to, units, decode(b.t, w.Felts(), bindings.DecodeWithdrawal))
}

func (b *bank) ragequit(c *customer, to felt.Felt) abi.Call {
	b.t.Helper()
	st := elgamal.RagequitStatement{Context: b.context(c), Key: c.key.Public(), To: to, Amount: c.units}
	proof, err := elgamal.ProveRagequit(nil, st, c.key)
	if err != nil {
		b.t.Fatal(err)
	}
	call := b.router.Ragequit(to, c.units, decode(b.t, proof.Felts(), bindings.DecodeKeyProof))
	c.settle(elgamal.Ciphertext{}, 0)
	return call
}

func (b *bank) rollover(c *customer) abi.Call {
	b.t.Helper()
	after := c.balance.Add(elgamal.Join(c.pendingLo, c.pendHi))
	call := b.router.Rollover(c.nonce, c.credits, b.seal(c, after, c.units+c.pending))
	c.settle(after, c.units+c.pending)
	c.pending, c.credits, c.pendingLo, c.pendHi = 0, 0, elgamal.Ciphertext{}, elgamal.Ciphertext{}
	return call
}

// lock is a call of the puppet that plays PaymentRouter, as are release and refund.
func (b *bank) lock(from, to *customer, job uint64, units uint64) (abi.Call, *locked) {
	b.t.Helper()
	st := elgamal.PayStatement{
		Context: b.context(from), PayerKey: from.key.Public(), WorkerKey: to.key.Public(), AuditorKey: b.auditor,
		JobID: starkhash.Uint64(job), Attempt: 1, Worker: to.at,
	}
	st.KeyEpoch = b.epoch
	p, err := elgamal.ProvePay(nil, st, from.key, from.units, units)
	if err != nil {
		b.t.Fatal(err)
	}
	call := b.router.Lock(from.at, to.at, abi.U128FromUint64(job), 1, b.epoch, decode(b.t, p.Felts(), bindings.DecodePayment))
	from.settle(st.Leftover(p.Lo, p.Hi), from.units-units)
	e := st.Escrow(p)
	return call, &locked{
		job: job, escrow: e, binding: decode(b.t, e.Felts(), bindings.DecodeEscrow), units: units, payer: from, worker: to, end: bindings.EscrowStatusLocked,
	}
}

// release credits the worker unless the escrow has ended.
func (b *bank) release(l *locked) abi.Call {
	if l.end == bindings.EscrowStatusLocked {
		l.end = bindings.EscrowStatusReleased
		l.worker.credit(l.escrow.Lo.ForWorker(), l.escrow.Hi.ForWorker(), l.units)
	}
	return b.router.CreditWorker(l.binding)
}

// refund credits the payer unless the escrow has ended.
func (b *bank) refund(l *locked) abi.Call {
	if l.end == bindings.EscrowStatusLocked {
		l.end = bindings.EscrowStatusRefunded
		l.payer.credit(l.escrow.Lo.ForPayer(), l.escrow.Hi.ForPayer(), l.units)
	}
	return b.router.CreditPayer(l.binding)
}

func (c *customer) credit(lo, hi elgamal.Ciphertext, units uint64) {
	c.pendingLo, c.pendHi = c.pendingLo.Add(lo), c.pendHi.Add(hi)
	c.pending, c.credits = c.pending+units, c.credits+1
}

// check compares the chain with what should be: every account and slot, what each balance decrypts to, the contract's own
// sum, and the tokens that it holds.
func (b *bank) check(customers []*customer, escrows []*locked) {
	b.t.Helper()
	ctx := b.t.Context()
	var sum uint64
	for i, c := range customers {
		have, err := b.router.Account(ctx, c.at)
		if err != nil {
			b.t.Fatal(err)
		}
		for name, pair := range map[string][2]elgamal.Ciphertext{
			"balance": {cipher(b.t, have.Balance), c.balance}, "pending low": {cipher(b.t, have.PendingLo), c.pendingLo},
			"pending high": {cipher(b.t, have.PendingHi), c.pendHi},
		} {
			if !pair[0].Equal(pair[1]) {
				b.t.Fatalf("customer %d: another %s", i, name)
			}
		}
		if have.Nonce != c.nonce || have.Credits != c.credits {
			b.t.Fatalf("customer %d: nonce %d, credits %d, want %d and %d", i, have.Nonce, have.Credits, c.nonce, c.credits)
		}
		if err := c.key.Check(c.balance, c.units); err != nil {
			b.t.Fatalf("customer %d: balance: %v", i, err)
		}
		if err := c.key.Check(elgamal.Join(c.pendingLo, c.pendHi), c.pending); err != nil {
			b.t.Fatalf("customer %d: pending: %v", i, err)
		}
		sum += c.units + c.pending
	}
	for i, l := range escrows {
		status, hash, err := b.router.Escrow(ctx, l.binding.JobID, 1)
		if err != nil {
			b.t.Fatal(err)
		}
		if status != l.end || (status == bindings.EscrowStatusLocked) != (hash == l.escrow.Hash()) {
			b.t.Fatalf("escrow %d is %s, want %s", i, status, l.end)
		}
		if l.end == bindings.EscrowStatusLocked {
			sum += l.units
		}
	}
	total, err := b.router.TotalUnits(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	held, err := bindings.NewSageToken(b.token, net.client).BalanceOf(ctx, b.router.Address())
	if err != nil {
		b.t.Fatal(err)
	}
	if sum != total || held.Big().Cmp(amount.FromUnits(total)) != 0 {
		b.t.Fatalf("decrypted %d units, the contract says %d, it holds %s wei", sum, total, held)
	}
}

func cipher(t tester, c bindings.Ciphertext) elgamal.Ciphertext {
	t.Helper()
	l, err := elgamal.NewPoint(c.L.X, c.L.Y)
	if err != nil {
		t.Fatal(err)
	}
	r, err := elgamal.NewPoint(c.R.X, c.R.Y)
	if err != nil {
		t.Fatal(err)
	}
	return elgamal.Ciphertext{L: l, R: r}
}

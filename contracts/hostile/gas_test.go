package hostile_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/devnet"
	"github.com/sage-network/sage-node/internal/starkhash"
)

var updateGas = flag.Bool("update-gas", false, "write the measured gas into docs/benchmarks.md")

const gasTable = "../../docs/benchmarks.md"

// first marks the first call of its kind for the account whose balance or pending it changes: slots that later calls
// update are new then.
const first = ", first"

// entryPoints are the rows of the table, in its order.
var entryPoints = []string{
	"PrivacyRouter.register", "PrivacyRouter.deposit" + first, "PrivacyRouter.deposit", "PaymentRouter.pay" + first, "PaymentRouter.pay",
	"PaymentRouter.release" + first, "PaymentRouter.release", "PaymentRouter.refund" + first, "PaymentRouter.refund",
	"PrivacyRouter.rollover" + first, "PrivacyRouter.rollover", "PrivacyRouter.withdraw", "PrivacyRouter.ragequit",
}

// The most that whole transactions may cost.
var (
	mostSteps  = map[string]int{"PaymentRouter.pay" + first: 60_000_000, "PaymentRouter.pay": 60_000_000}
	mostSierra = map[string]int{"PaymentRouter.pay" + first: 12_000_000, "PaymentRouter.pay": 12_000_000, "PrivacyRouter.withdraw": 6_000_000}
)

// TestGas measures whole transactions in both billing modes and compares them with the table in the documentation, which
// -update-gas writes.
func TestGas(t *testing.T) {
	steps := measureAll(t, net)
	sierra := measureAll(t, startSierraNetwork(t))
	for name, most := range mostSteps {
		if got := steps[name].gas; got > most {
			t.Errorf("%s costs %d by steps, more than %d", name, got, most)
		}
	}
	for name, most := range mostSierra {
		if got := sierra[name].gas; got > most {
			t.Errorf("%s costs %d of Sierra gas, more than %d", name, got, most)
		}
	}
	doc, err := os.ReadFile(gasTable)
	if err != nil {
		t.Fatal(err)
	}
	text := string(doc)
	for _, name := range entryPoints {
		row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(name) + ` \| ([0-9.]+) M \| ([0-9.]+) M \| (\d+) \|$`)
		want := row.FindStringSubmatch(text)
		if want == nil {
			t.Fatalf("%s has no row for %s", gasTable, name)
		}
		got := []string{millions(steps[name].gas), millions(sierra[name].gas), strconv.Itoa(steps[name].felts)}
		t.Logf("%-24s %s M by steps, %s M of Sierra gas, %s felts", name, got[0], got[1], got[2])
		if *updateGas {
			text = strings.Replace(text, want[0], fmt.Sprintf("| %s | %s M | %s M | %s |", name, got[0], got[1], got[2]), 1)
			continue
		}
		for i, column := range []string{"steps", "Sierra gas", "felts"} {
			if !near(got[i], want[i+1]) {
				t.Errorf("%s, %s: %s, the table says %s; run with -update-gas if that is meant", name, column, got[i], want[i+1])
			}
		}
	}
	if *updateGas {
		if err := os.WriteFile(gasTable, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func millions(gas int) string { return strconv.FormatFloat(float64(gas)/1e6, 'f', 2, 64) }

// near allows for what differs from run to run: the size of addresses, proofs and storage that was empty.
func near(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x <= y*1.03+0.01 && y <= x*1.03+0.01
}

// measureAll takes payments through every entry point.
func measureAll(t *testing.T, n *network) map[string]receipt {
	t.Helper()
	ctx := t.Context()
	w := newTrade(t, n)
	deposit, err := w.payer.private.Deposit(ctx, 1_000_000_000_000)
	if err != nil {
		t.Fatal(err)
	}
	w.measure("PrivacyRouter.deposit", w.payer.Sender, deposit...)
	release := func(suffix string) {
		earned := w.assigned()
		event := w.pay(earned, 700_000_000_000)
		if suffix != "" {
			w.receipts["PaymentRouter.pay"+suffix] = w.receipts["PaymentRouter.pay"]
		}
		w.approve(earned)
		w.measure("PaymentRouter.release"+suffix, w.payer.Sender, w.contracts.Payments.Release(event.Escrow))
	}
	refund := func(suffix string) {
		void := w.assigned()
		event := w.pay(void, 100_000_000_000)
		send(t, w.payer.Sender, w.jobs.Cancel(void, 1))
		w.measure("PaymentRouter.refund"+suffix, w.payer.Sender, w.contracts.Payments.Refund(event.Escrow))
	}
	rollover := func(p party, suffix string) {
		call, err := p.private.Rollover(ctx)
		w.measure("PrivacyRouter.rollover"+suffix, p.Sender, ok(t, call, err))
	}
	release(first)
	rollover(w.worker, first)
	release("")
	refund(first)
	rollover(w.payer, "")
	refund("")

	call, err := w.payer.private.Withdraw(ctx, starkhash.Uint64(0xfeed), 1_000_000_000)
	w.measure("PrivacyRouter.withdraw", w.payer.Sender, ok(t, call, err))
	call, err = w.payer.private.Ragequit(ctx, starkhash.Uint64(0xfeed))
	w.measure("PrivacyRouter.ragequit", w.payer.Sender, ok(t, call, err))
	// A ragequit empties the slots of a balance: what follows is as the first deposit, but not also the contract's first.
	if deposit, err = w.payer.private.Deposit(ctx, 1_000_000_000); err != nil {
		t.Fatal(err)
	}
	w.measure("PrivacyRouter.deposit"+first, w.payer.Sender, deposit...)
	return w.receipts
}

// startSierraNetwork is a network that bills Sierra gas. The devnet decides by the version that a class states of itself,
// which compilers leave at 0.1.0: on the way to it, declarations state a Sierra version as new as what the classes are in.
// No account with an older class may stand above: the first payer and worker are PlainAccounts. An estimation executes with the gas
// that the transaction allows itself, which a network that only knows steps never looks at: it gets enough, and goes
// unsigned because of that.
func startSierraNetwork(t *testing.T) *network {
	t.Helper()
	ctx := t.Context()
	local, err := devnet.Start(ctx, devnet.Options{Seed: 12, Accounts: actors})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(local.Stop)
	target, err := url.Parse(local.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL, r.Out.Host = target, target.Host
		body, err := io.ReadAll(r.In.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		body = bytes.Replace(body, []byte(`"contract_class_version":"0.1.0"`), []byte(`"contract_class_version":"1.7.0"`), 1)
		if bytes.Contains(body, []byte(`"starknet_estimateFee"`)) && bytes.Contains(body, []byte(`"INVOKE"`)) {
			body = bytes.Replace(body, []byte(`"l2_gas":{"max_amount":"0x0"`), []byte(`"l2_gas":{"max_amount":"0x40000000"`), 1)
			body = bytes.Replace(body, []byte(`"simulation_flags":[]`), []byte(`"simulation_flags":["SKIP_VALIDATE"]`), 1)
		}
		r.Out.Body, r.Out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}})
	t.Cleanup(proxy.Close)
	client, err := chain.Dial(ctx, proxy.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	n := &network{Devnet: local, client: client}
	if n.accounts, err = local.Accounts(ctx); err != nil {
		t.Fatal(err)
	}
	if err := n.deploy(ctx, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	boss := n.as(t, owner)
	for actor := traders; actor < traders+2; actor++ {
		n.accounts[actor].Address = placeHostile(t, boss, "PlainAccount", n.accounts[actor].Key.PublicKey().X())
		if err := local.Mint(context.WithoutCancel(ctx), n.accounts[actor].Address, new(big.Int).Lsh(big.NewInt(1), 80)); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/deploy"
	"github.com/sage-network/sage-node/chain/devnet"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/cmd/internal/doctor"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/account"
)

// world is a local network with contracts, and a service that gives what its faucet gives.
type world struct {
	*testing.T
	devnet   *devnet.Devnet
	owner    *chain.Sender
	profile  *profile.Profile
	requests atomic.Int32
}

const password = "correct horse"

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{T: t}
	var err error
	if w.devnet, err = devnet.Start(ctx, devnet.Options{Seed: 11, Accounts: 2}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.devnet.Stop)
	accounts, err := w.devnet.Accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w.owner = w.sender(accounts[0].Address, accounts[0].Key)
	auditor, err := elgamal.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	voteKey, err := starkhash.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	seat := deploy.Validator{Sender: w.sender(accounts[1].Address, accounts[1].Key), VoteKey: voteKey, Stake: amount.SAGE(10_000)}
	service := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(service.Close)
	w.profile, err = deploy.Run(ctx, deploy.Config{
		Name: "devnet", RPC: w.devnet.URL(), Owner: w.owner, Salt: starkhash.Uint64(1), Parameters: deploy.Local(), Auditor: auditor,
		Coordinator: service.URL, Faucet: service.URL + "/faucet", Validators: []deploy.Validator{seat},
	})
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	t.Setenv("SAGE_HOME", home)
	t.Setenv("SAGE_NETWORK", "devnet")
	t.Setenv("SAGE_RPC_URL", "")
	t.Setenv("SAGE_PASSWORD_FILE", secretFile(t, password+"\n"))
	if err := w.profile.Save(filepath.Join(cli.Home(home).Networks(), "devnet.json")); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) sender(address felt.Felt, key starkhash.PrivateKey) *chain.Sender {
	w.Helper()
	journal, err := chain.NewFileJournal(w.TempDir())
	if err != nil {
		w.Fatal(err)
	}
	s, err := chain.NewSender(w.devnet.Client(), chain.SenderConfig{Address: address, Signer: key, Journal: journal})
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// serve is a coordinator's health and faucet. It is not ready for the first request, and tired after the
// second.
func (w *world) serve(out http.ResponseWriter, in *http.Request) {
	if in.URL.Path == "/healthz" {
		return
	}
	var request wire.FaucetRequest
	switch n := w.requests.Add(1); {
	case json.NewDecoder(in.Body).Decode(&request) != nil:
		out.WriteHeader(http.StatusBadRequest)
		return
	case n == 1:
		out.WriteHeader(http.StatusServiceUnavailable)
		return
	case n > 2:
		out.Header().Set("Retry-After", "90")
		out.WriteHeader(http.StatusTooManyRequests)
		_, _ = out.Write([]byte(`{"status":429,"detail":"served once today"}`))
		return
	}
	fees, client := amount.SAGE(200), w.devnet.Client()
	faucet := bindings.NewFaucet(felt.Felt(w.profile.Contracts.Faucet), client)
	receipt, err := w.owner.Send(in.Context(), faucet.Drip(felt.Felt(request.Address)),
		bindings.NewSageToken(chain.FeeToken, client).Transfer(felt.Felt(request.Address), abi.MustU256(fees)))
	if err != nil {
		w.Error(err)
		out.WriteHeader(http.StatusInternalServerError)
		return
	}
	answer := wire.FaucetResponse{Transaction: wire.Felt(receipt.Hash), FeeTokens: fees, SAGE: deploy.Local().Faucet.Drip}
	if err := json.NewEncoder(out).Encode(answer); err != nil {
		w.Error(err)
	}
}

// result runs a command that must succeed and returns its JSON.
func result[T any](w *world, args ...string) T {
	w.Helper()
	out, talk, err := command(w.T, append(args, "--json")...)
	if err != nil {
		w.Fatalf("%v: %v\n%s", args, err, talk)
	}
	return decode[T](w.T, out)
}

// refused runs a command that must fail with the error, saying all the texts.
func (w *world) refused(want error, texts []string, args ...string) {
	w.Helper()
	out, _, err := command(w.T, args...)
	told, ok := errors.AsType[*cli.Error](err)
	if !errors.Is(err, want) || !ok || told.Hint == "" || told.Code != cli.ExitFailed || out != "" {
		w.Fatalf("%v: %v (%+v, stdout %q), want %v with a hint", args, err, told, out, want)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			w.Errorf("%v: %v does not say %q", args, err, text)
		}
	}
}

// TestLifeOfAnAccount takes a new worker's account from nothing to a registered worker and back, on a
// local Starknet.
func TestLifeOfAnAccount(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a local Starknet")
	}
	w := newWorld(t)
	made := result[operator.WalletResult](w, "create-wallet", "--show-mnemonic")
	w.refused(account.ErrNotDeployed, nil, "stake", "--amount", "1000", "--gpu-tier", "T4")
	w.getsTokens(made.Address)
	w.stakes()
	w.registers(made)
	w.withdraws()
	w.earns(made.Address)
	w.recovers(made)
	w.leaves()
}

func (w *world) getsTokens(address wire.Felt) {
	w.Helper()
	got := result[tokensResult](w, "request-tokens")
	if !got.Asked || got.Transaction == nil || got.Deployment == nil || got.SAGE != "5000" || got.Address != address {
		w.Fatalf("tokens: %+v", got)
	}
	deployed, err := w.devnet.Client().Receipt(w.Context(), felt.Felt(*got.Deployment))
	if err != nil {
		w.Fatalf("deployment: %v", err)
	}
	if want := new(big.Int).Sub(amount.SAGE(200), deployed.Fee); got.FeeTokens != amount.Format(want) {
		w.Errorf("fee tokens %s after a fee of %s, want %s", got.FeeTokens, amount.Format(deployed.Fee), amount.Format(want))
	}
	if again := result[tokensResult](w, "request-tokens"); again.Asked || again.Deployment != nil || w.requests.Load() != 2 {
		w.Errorf("again: %+v, %d requests", again, w.requests.Load())
	}
}

func (w *world) stakes() {
	w.Helper()
	w.refused(account.ErrInsufficient, []string{"have 999 SAGE, need 1000 SAGE", "tier Consumer"}, "stake", "--amount", "999", "--gpu-tier", "T4")
	w.refused(account.ErrInsufficient, []string{"have 5000 SAGE, need 30000 SAGE", "minimum of tier Frontier is 25000"}, "stake", "--amount", "30000", "--gpu-tier", "H200")
	w.refused(account.ErrInsufficient, []string{"stake", "have 0 SAGE", "1000 SAGE"}, "register")

	// Killed between signing and sending: the next command finishes it, and does not stake twice.
	ctx, kill := context.WithCancel(w.Context())
	cmd := root()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs([]string{"stake", "--amount", "1000", "--gpu-tier", "T4"})
	cmd.SetErr(writerFunc(func(b []byte) {
		if strings.HasPrefix(string(b), "transaction 0x") {
			kill()
		}
	}))
	if err := cmd.ExecuteContext(ctx); !errors.Is(err, context.Canceled) {
		w.Fatalf("killed: %v", err)
	}
	if s := result[balanceResult](w, "balance", "--public").Stake; s.Status != "NONE" {
		w.Fatalf("killed before sending, but %+v", s)
	}
	w.refused(chain.ErrReread, []string{"unfinished transaction"}, "stake", "--amount", "1000", "--gpu-tier", "T4")
	if s := result[balanceResult](w, "balance", "--public").Stake; s.Status != "STAKED" || s.Active != "1000" || s.Tier != "Consumer" {
		w.Fatalf("after the unfinished stake: %+v", s)
	}
	// More, for the tier that there is.
	more := result[sentResult](w, "stake", "--amount", "0.5")
	if more.Stake.Active != "1000.5" || more.Amount != "0.5" || more.Transaction.IsZero() {
		w.Errorf("more stake: %+v", more)
	}
}

type writerFunc func([]byte)

func (f writerFunc) Write(b []byte) (int, error) {
	f(b)
	return len(b), nil
}

func (w *world) registers(made operator.WalletResult) {
	w.Helper()
	got := result[registerResult](w, "register")
	if got.Stake.Status != "ACTIVE" || !got.PrivateAccount || got.NodeID != *made.NodeID || got.Transaction.IsZero() {
		w.Fatalf("register: %+v", got)
	}
	w.refused(account.ErrRegistered, []string{"is ACTIVE with this node key"}, "register")
	b := result[balanceResult](w, "balance")
	if b.SAGE != "3999.5" || b.Stake.Active != "1000.5" || b.Private == nil || *b.Private != (privateResult{Registered: true, Balance: "0", Pending: "0"}) {
		w.Errorf("balance: %+v, private %+v", b, b.Private)
	}
	if st := result[statusResult](w, "status"); st.Status != "ACTIVE" || st.Staked != "1000.5" || st.Running || !st.Deployed || len(st.Attempts) != 0 {
		w.Errorf("status: %+v", st)
	}
	if d := result[doctor.Result](w, "doctor"); !d.OK || len(d.Checks) != 9 {
		w.Errorf("doctor: %+v", d)
	}
}

// withdraws claims nothing, then pays out of a private balance.
func (w *world) withdraws() {
	w.Helper()
	if got := result[claimResult](w, "claim"); got.Transaction != nil || got.Claimed != "0" || got.Balance != "0" || got.Withdrawal != nil {
		w.Errorf("nothing to claim: %+v", got)
	}
	w.refused(account.ErrState, []string{"balance is 0"}, "claim", "--withdraw", "all")
	w.refused(account.ErrInsufficient, []string{"public balance: have 3999.5 SAGE, need 4000 SAGE"}, "deposit", "4000")
	if got := result[depositResult](w, "deposit", "1000"); got.Amount != "1000" || got.Fee != "1" || got.Balance != "999" {
		w.Fatalf("deposit: %+v", got)
	}
	w.refused(account.ErrInsufficient, []string{"have 999 SAGE, need 1000 SAGE"}, "claim", "--withdraw", "1000")
	got := result[claimResult](w, "claim-payments", "--withdraw", "99.25", "--to", "0xfeed")
	if got.Withdrawal == nil || got.Withdrawal.Amount != "99.25" || got.Balance != "899.75" {
		w.Fatalf("withdrawal: %+v", got)
	}
	token := bindings.NewSageToken(felt.Felt(w.profile.Contracts.Token), w.devnet.Client())
	if has, err := token.BalanceOf(w.Context(), starkhash.Uint64(0xfeed)); err != nil || amount.Format(has.Big()) != "99.25" {
		w.Errorf("the recipient has %s, %v", has, err)
	}
	if b := result[balanceResult](w, "balance"); b.Private == nil || b.Private.Balance != "899.75" || b.SAGE != "2999.5" {
		w.Errorf("balance: %+v, private %+v", b, b.Private)
	}
}

// earns lets the network's owner pay this worker: one attempt that is cancelled, and one that stays open.
func (w *world) earns(address wire.Felt) {
	w.Helper()
	ctx, client := w.Context(), w.devnet.Client()
	key, err := elgamal.GenerateKey(rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	payer, err := account.NewPrivate(client, w.profile, w.owner.Address(), key.Bytes())
	if err != nil {
		w.Fatal(err)
	}
	send := func(calls ...abi.Call) {
		w.Helper()
		if _, err := w.owner.Send(ctx, calls...); err != nil {
			w.Fatal(err)
		}
	}
	open, err := payer.Register(ctx)
	if err != nil {
		w.Fatal(err)
	}
	send(open)
	fill, err := payer.Deposit(ctx, 100_000_000_000)
	if err != nil {
		w.Fatal(err)
	}
	send(fill...)
	jobs := bindings.NewJobManager(felt.Felt(w.profile.Contracts.Jobs), client)
	var ids []abi.U128
	for salt, units := range []uint64{5_000_000_000, 12_500_000_001} {
		terms := bindings.JobTerms{
			Salt: starkhash.Uint64(uint64(salt)), SpecHash: felt.One, InputCommitment: abi.U256FromUint64(9), AIRID: job.AIRMatmul, AIRVersion: job.AIRMatmulVersion,
			VerifierVersion: job.VerifierVersion, K: 4, Rows: 16, Inner: 16, Columns: 16, MinTier: 1,
			PenaltyCap: abi.MustU256(amount.SAGE(1)), Windows: bindings.Windows(w.profile.Windows),
		}
		send(bindings.NewSageToken(felt.Felt(w.profile.Contracts.Token), nil).Approve(jobs.Address(), abi.MustU256(amount.SAGE(1))), jobs.Create(terms))
		id, err := jobs.JobIDOf(ctx, w.owner.Address(), terms.Salt)
		if err != nil {
			w.Fatal(err)
		}
		send(jobs.Assign(id, felt.Felt(address), abi.U256{}))
		pay, err := payer.Pay(ctx, job.ID(id), 1, felt.Felt(address), units)
		if err != nil {
			w.Fatal(err)
		}
		send(pay)
		ids = append(ids, id)
	}
	send(jobs.Cancel(ids[0], 1))

	b := result[balanceResult](w, "balance")
	if b.Escrowed == nil || b.Escrowed.Amount != "12.500000001" || len(b.Escrowed.Attempts) != 1 ||
		b.Escrowed.Attempts[0] != (escrowedAttempt{job.ID(ids[1]), 1, "12.500000001", "FUNDED"}) {
		w.Fatalf("escrowed: %+v", b.Escrowed)
	}
	e := result[earningsResult](w, "earnings")
	if e.Earned != "0" || e.Waiting != "12.500000001" || e.Penalties != "0" || len(e.Attempts) != 2 {
		w.Fatalf("earnings: %+v", e)
	}
	void := e.Attempts[slices.IndexFunc(e.Attempts, func(a earningResult) bool { return a.Job == job.ID(ids[0]) })]
	if void.State != "VOID" || *void.Amount != "5" || felt.Felt(*void.Payer) != w.owner.Address() || void.Cause == "" {
		w.Errorf("cancelled: %+v", void)
	}
	if e := result[earningsResult](w, "earnings", "--until", "2000-01-01"); len(e.Attempts) != 0 || e.Waiting != "0" {
		w.Errorf("earnings of another time: %+v", e)
	}
	text, _, err := command(w.T, "earnings", "--csv")
	if lines := strings.Split(text, "\n"); err != nil || len(lines) != 4 || !strings.Contains(text, ",FUNDED,12.500000001,") {
		w.Errorf("CSV %q, %v", text, err)
	}
}

// recovers goes to an empty home with the words alone.
func (w *world) recovers(made operator.WalletResult) {
	w.Helper()
	home, err := cli.DefaultHome()
	if err != nil {
		w.Fatal(err)
	}
	empty := w.TempDir()
	if err := w.profile.Save(filepath.Join(cli.Home(empty).Networks(), "devnet.json")); err != nil {
		w.Fatal(err)
	}
	got := result[recoverResult](w, "recover", "--home", empty, "--mnemonic-file", secretFile(w.T, made.Mnemonic))
	if !got.Imported || got.Address != made.Address || got.Balance != "899.75" || got.Found != "hint" || !got.Whole ||
		got.Deposited != "1000" || got.Withdrawn != "99.25" || got.Escrowed.Amount != "12.500000001" {
		w.Fatalf("recovered: %+v", got)
	}
	if again := result[recoverResult](w, "recover", "--home", empty); again.Imported || again.Balance != got.Balance || !again.Whole {
		w.Errorf("again: %+v", again)
	}
	// The balance's hint becomes a lie: it is found all the same, and spent.
	w.lies(string(home))
	if got := result[recoverResult](w, "recover"); got.Balance != "900.749" || got.Found != "history" || !got.Whole {
		w.Fatalf("recovered from a lie: %+v", got)
	}
	if got := result[claimResult](w, "claim", "--withdraw=0.999", "--to", "0xfeed"); got.Balance != "899.75" {
		w.Fatalf("spent after a lie: %+v", got)
	}
	if got := result[recoverResult](w, "recover"); got.Balance != "899.75" || got.Found != "hint" || !got.Whole {
		w.Fatalf("recovered after that: %+v", got)
	}
	// A damaged history is rebuilt.
	file := filepath.Join(string(home), role, historyFile)
	if err := os.WriteFile(file, []byte("something else"), 0o600); err != nil {
		w.Fatal(err)
	}
	_, talk, err := command(w.T, "recover", "--json")
	if err != nil || !strings.Contains(talk, "rebuilt from the chain") {
		w.Errorf("%v: %s", err, talk)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || info.Size() < 100 {
		w.Errorf("%v, %v", info, err)
	}
}

// lies deposits 1 SAGE of the worker's with a hint that does not open.
func (w *world) lies(home string) {
	w.Helper()
	key, err := operator.In(filepath.Join(home, role)).Open(wallet.Account, password)
	if err != nil {
		w.Fatal(err)
	}
	router := bindings.NewPrivacyRouter(felt.Felt(w.profile.Contracts.Privacy), w.devnet.Client())
	worker := w.sender(wallet.Address(key.PublicKey()), key)
	state, err := router.Account(w.Context(), worker.Address())
	if err != nil {
		w.Fatal(err)
	}
	token := bindings.NewSageToken(felt.Felt(w.profile.Contracts.Token), nil)
	if _, err := worker.Send(w.Context(), token.Approve(router.Address(), abi.MustU256(amount.SAGE(1))),
		router.Deposit(1_000_000_000, state.Nonce, felt.One)); err != nil {
		w.Fatal(err)
	}
}

func (w *world) leaves() {
	w.Helper()
	w.refused(account.ErrInsufficient, []string{"have 500.5 SAGE, need 1000 SAGE"}, "unstake", "--amount", "500")
	w.refused(account.ErrInsufficient, []string{"have 1000.5 SAGE, need 2000 SAGE"}, "unstake", "--amount", "2000")
	w.refused(account.ErrState, []string{"no stake is on its way out"}, "unstake", "--withdraw")
	got := result[sentResult](w, "unstake")
	if got.Amount != "1000.5" || got.Stake.Status != "UNSTAKING" || got.Stake.UnlockAt == nil {
		w.Fatalf("unstake: %+v", got)
	}
	w.refused(account.ErrState, []string{"1000.5 SAGE are locked until"}, "unstake", "--withdraw")
	if err := w.devnet.IncreaseTime(w.Context(), time.Duration(deploy.Local().Cooldown+60)*time.Second); err != nil {
		w.Fatal(err)
	}
	if got := result[sentResult](w, "unstake", "--withdraw"); got.Amount != "1000.5" || got.Stake.Active != "0" || got.Stake.Unstaking != "0" {
		w.Errorf("withdrawn: %+v", got)
	}
	if b := result[balanceResult](w, "balance", "--public"); b.SAGE != "3999" || b.Private != nil {
		w.Errorf("balance at the end: %+v", b)
	}
}

package profile_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

func valid() *profile.Profile {
	a := func(n uint64) wire.Felt { return wire.Felt(starkhash.Uint64(n)) }
	return &profile.Profile{
		Version: profile.Version, Name: "devnet", RPC: "http://127.0.0.1:5050/rpc", ChainID: chain.Sepolia,
		Contracts: profile.Contracts{Token: a(1), Faucet: a(2), Staking: a(3), Validators: a(4), Jobs: a(5),
			Proofs: a(6), Payments: a(7), Privacy: a(8), Reputation: a(9)},
		Classes: map[string]wire.Felt{"JobManager": a(77)}, AccountClass: wire.Felt(chain.AccountClass), FromBlock: 3,
		Windows: job.Windows{Accept: 10, Submit: 20, Decide: 30, Challenge: 4, Appeal: 5}, EpochLength: 60, DefaultPrice: 2_500_000_000,
	}
}

func TestSaveAndResolve(t *testing.T) {
	home := t.TempDir()
	t.Setenv("SAGE_HOME", home)
	t.Setenv("SAGE_NETWORK", "")
	t.Setenv("SAGE_RPC_URL", "")
	if _, err := profile.Resolve(""); !errors.Is(err, profile.ErrNotFound) {
		t.Fatalf("no profile: %v", err)
	}
	want := valid()
	path, err := profile.Path("devnet")
	if err != nil {
		t.Fatal(err)
	}
	if err := want.Save(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || path != filepath.Join(home, "networks", "devnet.json") {
		t.Errorf("%s: %v, %v", path, info, err)
	}
	check := func(flag string) *profile.Profile {
		t.Helper()
		got, err := profile.Resolve(flag)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, flag := range []string{"", "devnet", path} {
		if got := check(flag); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", flag, got, want)
		}
	}
	if got, err := profile.ResolveIn(home, "devnet"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("in the home: %+v, %v", got, err)
	}
	if _, err := profile.ResolveIn(t.TempDir(), "devnet"); !errors.Is(err, profile.ErrNotFound) {
		t.Errorf("in another home: %v", err)
	}
	t.Setenv("SAGE_NETWORK", "elsewhere")
	if _, err := profile.Resolve(""); !errors.Is(err, profile.ErrNotFound) {
		t.Errorf("SAGE_NETWORK: %v", err)
	}
	if got := check("devnet"); got.Name != "devnet" {
		t.Error("the flag does not override SAGE_NETWORK")
	}
	t.Setenv("SAGE_RPC_URL", "https://node.example/v1/secretkey")
	if got := check("devnet"); got.RPC != "https://node.example/v1/secretkey" {
		t.Errorf("SAGE_RPC_URL: %s", got.RPC)
	}
	t.Setenv("SAGE_RPC_URL", "secretkey")
	if _, err := profile.Resolve("devnet"); !errors.Is(err, profile.ErrInvalid) || strings.Contains(err.Error(), "secretkey") {
		t.Errorf("a bad SAGE_RPC_URL: %v", err)
	}
	for _, name := range []string{"No Such", "..", ""} {
		if _, err := profile.Path(name); err == nil {
			t.Errorf("the name %q is accepted", name)
		}
	}
}

func TestInvalid(t *testing.T) {
	for field, change := range map[string]func(*profile.Profile){
		"version":           func(p *profile.Profile) { p.Version = 2 },
		"name":              func(p *profile.Profile) { p.Name = "../x" },
		"rpc_url":           func(p *profile.Profile) { p.RPC = "file:///etc/passwd" },
		"chain_id":          func(p *profile.Profile) { p.ChainID = "" },
		"contracts.jobs":    func(p *profile.Profile) { p.Contracts.Jobs = wire.Felt{} },
		"contracts.privacy": func(p *profile.Profile) { p.Contracts.Privacy = p.Contracts.Payments },
		"faucet":            func(p *profile.Profile) { p.ChainID = chain.Mainnet },
		"account_class":     func(p *profile.Profile) { p.AccountClass = wire.Felt{} },
		"windows.appeal":    func(p *profile.Profile) { p.Windows.Appeal = 0 },
		"windows.submit":    func(p *profile.Profile) { p.Windows.Submit = 1 << 60 },
		"epoch_length":      func(p *profile.Profile) { p.EpochLength = 0 },
		"coordinator_url":   func(p *profile.Profile) { p.Coordinator = "localhost" },
	} {
		p := valid()
		change(p)
		err := p.Save(filepath.Join(t.TempDir(), "p.json"))
		if !errors.Is(err, profile.ErrInvalid) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	good, err := json.Marshal(valid())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"unknown field": `{"verson":1,` + string(good[1:]),
		"trailing":      string(good) + "{}",
		"truncated":     string(good[:len(good)/2]),
		"bad felt":      strings.Replace(string(good), `"0x5"`, `"0x800000000000011000000000000000000000000000000000000000000000001"`, 1),
		"too large":     string(good) + strings.Repeat(" ", 1<<20),
	} {
		path := filepath.Join(t.TempDir(), "p.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := profile.Load(path); !errors.Is(err, profile.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}

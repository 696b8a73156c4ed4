package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/deploy"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wire"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sage-worker": main})
}

const password = "correct horse battery"

// home prepares a script's surroundings: an empty home and a password file.
func home(env *testscript.Env) error {
	file := filepath.Join(env.WorkDir, "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		return err
	}
	env.Setenv("SAGE_HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("SAGE_PASSWORD_FILE", file)
	env.Setenv("PASSWORD", password)
	return nil
}

// chmod MODE FILE; the scripts' own cannot take a mode away from others.
func chmod(ts *testscript.TestScript, neg bool, args []string) {
	var mode os.FileMode
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode OCTAL FILE")
	}
	if _, err := fmt.Sscanf(args[0], "%o", &mode); err != nil {
		ts.Fatalf("mode %s: %v", args[0], err)
	}
	ts.Check(os.Chmod(ts.MkAbs(args[1]), mode))
}

// status CODE sage-worker ARGS…: the exit code is exactly CODE.
func exitStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status CODE COMMAND [ARGS]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		var exit interface{ ExitCode() int }
		var ok bool
		if exit, ok = err.(interface{ ExitCode() int }); !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// saveProfile writes a network profile with invented contracts.
func saveProfile(path, rpc, chainID string) error {
	address := func(n uint64) wire.Felt { return wire.Felt(starkhash.Uint64(n)) }
	local := deploy.Local()
	p := profile.Profile{
		Version: profile.Version, Name: "test", RPC: rpc, ChainID: chainID,
		Contracts: profile.Contracts{
			Token: address(11), Faucet: address(12), Staking: address(13), Validators: address(14), Jobs: address(15),
			Proofs: address(16), Payments: address(17), Privacy: address(18), Reputation: address(19),
		},
		AccountClass: wire.Felt(chain.AccountClass), Windows: local.Windows, EpochLength: local.EpochLength, DefaultPrice: 1,
	}
	return p.Save(path)
}

// node answers starknet_chainId and nothing else.
func node(t *testing.T, chainID string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
		}
		if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if call.Method != "starknet_chainId" {
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"not here"}}`, call.ID)
			return
		}
		id := starkhash.MustShortString(chainID)
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%q}`, call.ID, id.String())
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestOffline(t *testing.T) {
	other := node(t, "SN_OTHER")
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/offline",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"mode": chmod, "status": exitStatus},
		Setup: func(env *testscript.Env) error {
			env.Setenv("DEAD", filepath.Join(env.WorkDir, "dead.json"))
			env.Setenv("OTHER", filepath.Join(env.WorkDir, "other.json"))
			env.Setenv("OTHER_URL", other)
			if err := saveProfile(env.Getenv("DEAD"), "http://127.0.0.1:1", chain.Sepolia); err != nil {
				return err
			}
			if err := saveProfile(env.Getenv("OTHER"), other, chain.Sepolia); err != nil {
				return err
			}
			return home(env)
		},
	})
}

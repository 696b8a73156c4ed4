package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/cmd/internal/scripts"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sage-worker": main})
}

// mainnetNode answers every call with the id of mainnet: for the scripts a node of another chain.
func mainnetNode(w http.ResponseWriter, r *http.Request) {
	var call struct {
		ID json.RawMessage `json:"id"`
	}
	if json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&call) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":"0x534e5f4d41494e"}`, call.ID)
}

func TestScripts(t *testing.T) {
	scripts.Run(t, func(e *testscript.Env) error {
		node := httptest.NewServer(http.HandlerFunc(mainnetNode))
		e.Defer(node.Close)
		e.Setenv("OTHER_NODE", node.URL)
		password := filepath.Join(e.WorkDir, "password")
		e.Setenv("SAGE_PASSWORD_FILE", password)
		if err := os.WriteFile(password, []byte("correct horse\n"), 0o600); err != nil {
			return err
		}
		return os.MkdirAll(filepath.Join(e.WorkDir, "home", "networks"), 0o700)
	})
}

// command runs a command in this process.
func command(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, talk bytes.Buffer
	cmd := root()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&talk)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), talk.String(), err
}

// decode reads the one JSON document of a result strictly.
func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if d.More() {
		t.Fatalf("more than one document: %s", text)
	}
	return v
}

// secretFile makes a file of mode 0600.
func secretFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWordsRestoreTheWallet takes a new wallet's words to another home, with its node key and without.
func TestWordsRestoreTheWallet(t *testing.T) {
	home := t.TempDir()
	t.Setenv("SAGE_HOME", home)
	t.Setenv("SAGE_PASSWORD_FILE", secretFile(t, "correct horse\n"))
	out, talk, err := command(t, "create-wallet", "--json", "--show-mnemonic")
	if err != nil {
		t.Fatal(err)
	}
	made := decode[operator.WalletResult](t, out)
	if n := len(strings.Fields(made.Mnemonic)); n != 24 || strings.Contains(talk, made.Mnemonic) {
		t.Fatalf("%d words in the result; on stderr: %t", n, strings.Contains(talk, made.Mnemonic))
	}
	for _, name := range []string{"wallet/account.json", "wallet/elgamal.json", "node.key", "payload.key"} {
		info, err := os.Stat(filepath.Join(home, role, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	// On another machine: the words, and a backup of the node key.
	other := t.TempDir()
	if err := os.MkdirAll(filepath.Join(other, role), 0o700); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(home, role, "node.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, role, "node.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err = command(t, "import-wallet", "--json", "--home", other, "--mnemonic-file", secretFile(t, made.Mnemonic+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := decode[operator.WalletResult](t, out); got.Address != made.Address || *got.NodeID != *made.NodeID || got.Mnemonic != "" {
		t.Errorf("restored %+v, want %s and %s", got, made.Address, made.NodeID)
	}
	// Without --show-mnemonic the words are on stderr, and only there.
	t.Setenv("SAGE_HOME", t.TempDir())
	out, talk, err = command(t, "create-wallet")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out, "0x") || strings.Count(out, "\n") != 1 || !strings.Contains(talk, "shown this once") {
		t.Errorf("stdout %q; stderr without its words", out)
	}
}

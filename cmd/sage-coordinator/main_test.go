package main

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/cmd/internal/scripts"
	"github.com/sage-network/sage-node/coordinator/api"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sage-coordinator": main})
}

func TestScripts(t *testing.T) { scripts.Run(t, nil) }

// TestSettings checks that each kind of setting comes through each layer.
func TestSettings(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, role), 0o700); err != nil {
		t.Fatal(err)
	}
	file := "listen = \"127.0.0.1:1\"\ndeposit = \"7\"\npoll = \"7s\"\nmax-hedges = 3\n"
	if err := os.WriteFile(filepath.Join(home, role, "config.toml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SAGE_HOME", home)
	t.Setenv("SAGE_COORDINATOR_P2P_LISTEN", "/ip4/10.0.0.1/tcp/1,/ip4/10.0.0.2/tcp/2")
	t.Setenv("SAGE_COORDINATOR_POLL", "8s")
	t.Setenv("SAGE_LISTEN", "another program's")
	common, err := cli.CommonDefaults()
	if err != nil {
		t.Fatal(err)
	}
	cmd := root()
	start, _, err := cmd.Find([]string{"start"})
	if err != nil {
		t.Fatal(err)
	}
	if err := start.ParseFlags([]string{"--deposit", "9", "--faucet-per-source", "5", "--server", "http://x"}); err != nil {
		t.Fatal(err)
	}
	s, err := load(start, common)
	if err != nil {
		t.Fatal(err)
	}
	if s.Listen != "127.0.0.1:1" || s.Deposit != "9" || s.Poll != 8*time.Second || s.MaxHedges != 3 || len(s.P2PListen) != 2 ||
		s.P2PListen[1] != "/ip4/10.0.0.2/tcp/2" || s.FaucetPerSource != 5 || s.FaucetPerAddress != 1 || s.Server != "http://x" {
		t.Errorf("settings %+v", s)
	}
}

func TestServerURL(t *testing.T) {
	dir := t.TempDir()
	s := settings{Common: cli.Common{Home: dir, Network: "nowhere"}}
	if got := serverURL(s, dir); got != "http://"+defaultListen {
		t.Errorf("by default %s", got)
	}
	if err := os.WriteFile(filepath.Join(dir, addressFile), []byte("127.0.0.1:7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serverURL(s, dir); got != "http://127.0.0.1:7" {
		t.Errorf("while one runs %s", got)
	}
	s.Server = "http://elsewhere"
	if got := serverURL(s, dir); got != s.Server {
		t.Errorf("named %s", got)
	}
}

func TestListen(t *testing.T) {
	p := &profile.Profile{Bootstrap: []string{"/ip4/127.0.0.1/tcp/5/p2p/me", "/ip4/127.0.0.1/tcp/6/p2p/other"}}
	for url, want := range map[string]string{
		"http://127.0.0.1:99": "127.0.0.1:99", "http://localhost:98": "localhost:98", "http://[::1]:97": "[::1]:97",
		"http://sage.example:80": defaultListen, "http://10.0.0.1:80": defaultListen, "": defaultListen, "http://127.0.0.1": defaultListen,
	} {
		p.Coordinator = url
		if got := listenAddress(settings{}, p); got != want {
			t.Errorf("%q: %s, want %s", url, got, want)
		}
	}
	if got := listenAddress(settings{Listen: "a:1"}, p); got != "a:1" {
		t.Errorf("as set: %s", got)
	}
	for id, want := range map[string]string{"me": "/ip4/127.0.0.1/tcp/5", "nobody": defaultP2PListen} {
		if got := p2pListen(settings{}, p, id); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v, want %s", id, got, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	got := describe(api.Job{State: "PROVING", Attempts: []api.Attempt{
		{Number: 1, State: "ACCEPTED", Lost: true}, {Number: 2, State: "VOID"}, {Number: 3, State: "PROVING", Phase: "fri", Fraction: 0.5},
	}})
	if want := "PROVING; attempt 1 ACCEPTED (worker lost); attempt 2 VOID; attempt 3 PROVING fri 50 %"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestInputFiles(t *testing.T) {
	write := func(content string) string {
		path := filepath.Join(t.TempDir(), "input")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	content, err := readInput(write(` {"a": [[1, 2], [3, 4], [5, 6]], "b": [[7], [2147483646]]}`))
	if err != nil {
		t.Fatal(err)
	}
	first, second, err := wire.SplitInput(content)
	if err != nil {
		t.Fatal(err)
	}
	var a, b prover.Matrix
	if err := errors.Join(a.UnmarshalBinary(first), b.UnmarshalBinary(second)); err != nil {
		t.Fatal(err)
	}
	if a.Rows != 3 || a.Columns != 2 || a.Data[5] != 6 || b.Rows != 2 || b.Columns != 1 || b.Data[1] != 2147483646 {
		t.Fatalf("%+v, %+v", a, b)
	}
	again, err := readInput(write(string(content)))
	if err != nil || string(again) != string(content) {
		t.Fatalf("the binary form: %v", err)
	}
	for _, bad := range []string{
		`{"a": [[1]]}`, `{"a": [[1, 2], [3]], "b": [[1]]}`, `{"a": [[2147483647]], "b": [[1]]}`, `{"a": [[-1]], "b": [[1]]}`,
		`{"a": [[1.5]], "b": [[1]]}`, `{"c": 1}`, `{`, `{"a": [], "b": []}`, `{"a": [[]], "b": [[]]}`,
	} {
		if _, err := readInput(write(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func FuzzInputFile(f *testing.F) {
	f.Add([]byte(`{"a": [[1]], "b": [[1]]}`))
	f.Add(wire.JoinInput([]byte("a"), []byte("b")))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "input")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := readInput(path)
		if err != nil {
			return
		}
		if strings.HasPrefix(string(content), "{") && len(out) < 4 {
			t.Fatalf("%s", hex.EncodeToString(out))
		}
	})
}

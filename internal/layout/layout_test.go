package layout

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/sage-network/sage-node/"

// floors are the rooms from top to bottom. A package may import rooms on lower floors, and its own
// room; rooms on one floor do not know each other. The longest matching prefix is a package's room.
var floors = [][]string{
	{"cmd"},
	{"e2e"},
	{"worker", "coordinator", "validator", "sdk"},
	{"chain/deploy"},
	{"privacy"},
	{"chain", "wallet", "p2p", "prover", "elgamal", "tee"},
	{"contracts", "wire"},
	{"job"},
	{"internal"},
}

// pure packages do no network, disk, logging or wall clock of their own.
var pure = []string{"elgamal", "job", "wire", "validator/bft", "prover/m31", "prover/circle", "prover/channel", "prover/proof", "prover/air", "prover/verify", "prover/merkle", "prover/fri"}

var impure = []string{"net", "net/http", "os", "os/exec", "log", "log/slog", "database/sql"}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func room(path string) (floor int, name string) {
	floor = -1
	for i, rooms := range floors {
		for _, r := range rooms {
			if (path == r || strings.HasPrefix(path, r+"/")) && len(r) > len(name) {
				floor, name = i, r
			}
		}
	}
	return floor, name
}

func TestImportsPointOneWay(t *testing.T) {
	all := packages(t)
	if len(all) < 20 {
		t.Fatalf("only %d packages found", len(all))
	}
	for _, p := range all {
		from := strings.TrimPrefix(p.ImportPath, module)
		floor, name := room(from)
		if floor < 0 {
			t.Errorf("%s stands in no room of the layout", from)
			continue
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			lower, other := room(to)
			if other != name && lower <= floor {
				t.Errorf("%s (%s) must not import %s (%s)", from, name, to, other)
			}
		}
	}
}

func TestPureRoomsStayPure(t *testing.T) {
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		for _, room := range pure {
			if from != room && !strings.HasPrefix(from, room+"/") {
				continue
			}
			for _, imported := range p.Imports {
				for _, no := range impure {
					if imported == no {
						t.Errorf("%s is pure and must not import %s", from, no)
					}
				}
			}
		}
	}
}

// Only chain speaks to a node through starknet.go.
func TestOnlyChainSpeaksRPC(t *testing.T) {
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		if from == "chain" || strings.HasPrefix(from, "chain/") {
			continue
		}
		for _, imported := range p.Imports {
			for _, no := range []string{"rpc", "account", "client", "devnet", "paymaster"} {
				if imported == "github.com/NethermindEth/starknet.go/"+no {
					t.Errorf("%s must not import %s: chain does", from, imported)
				}
			}
		}
	}
}

// Only elgamal leaves its prover in chosen, and only tests take it from there.
func TestNobodyChoosesRandomness(t *testing.T) {
	found := false
	for _, p := range packages(t) {
		for _, imported := range p.Imports { // of its files, not of its tests
			if imported != module+"internal/chosen" {
				continue
			}
			if found = true; p.ImportPath != module+"elgamal" {
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
		}
	}
	if !found {
		t.Error("no package was seen that imports internal/chosen: does this test look at the right thing?")
	}
}

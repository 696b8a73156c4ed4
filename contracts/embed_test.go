package contracts_test

import (
	"encoding/json"
	"testing"

	"github.com/sage-network/sage-node/contracts"
)

func TestLoad(t *testing.T) {
	names := contracts.Names()
	if len(names) == 0 {
		t.Fatal("no contracts")
	}
	for _, name := range names {
		c, err := contracts.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(c.Sierra) || !json.Valid(c.CASM) {
			t.Errorf("%s is no JSON", name)
		}
	}
	if _, err := contracts.Load("Nope"); err == nil {
		t.Error("a contract that is none loads")
	}
}

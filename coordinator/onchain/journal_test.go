package onchain

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/coordinator/store/sqlite"
	"github.com/sage-network/sage-node/coordinator/store/storetest"
)

// TestJournal compares the store's journal with the file journal of package chain: both must answer the
// same, also after a crash.
func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	db, err := sqlite.Open(t.Context(), path, sqlite.WithoutSync())
	if err != nil {
		t.Fatal(err)
	}
	files, err := chain.NewFileJournal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	account := storetest.Felt(7)
	journals := []chain.Journal{NewJournal(db, account), files}
	entry := func(nonce uint64) chain.Entry {
		return chain.Entry{
			Nonce: nonce, Hash: storetest.Felt(100 + nonce), Method: "starknet_addInvokeTransaction", Param: "invoke_transaction",
			Transaction: json.RawMessage(`{"a":1}`), Purpose: "test",
		}
	}
	both := func(do func(j chain.Journal) error) {
		t.Helper()
		for _, j := range journals {
			if err := do(j); err != nil {
				t.Fatal(err)
			}
		}
	}
	compare := func(from uint64) {
		t.Helper()
		var texts []string
		for _, j := range journals {
			open, err := j.Open(t.Context(), from)
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, e := range open {
				b, err := json.Marshal(&e)
				if err != nil {
					t.Fatal(err)
				}
				text += string(b) + "\n"
			}
			texts = append(texts, text)
		}
		if texts[0] != texts[1] {
			t.Fatalf("from %d the store says\n%s, the files\n%s", from, texts[0], texts[1])
		}
	}
	for nonce := range uint64(6) {
		both(func(j chain.Journal) error { return j.Put(t.Context(), entry(nonce)) })
	}
	compare(0)
	for nonce := range uint64(4) {
		both(func(j chain.Journal) error { return j.Accept(t.Context(), entry(nonce), 10+nonce) })
	}
	for from := range uint64(6) {
		compare(from)
	}
	both(func(j chain.Journal) error { return j.Delete(t.Context(), entry(4)) })
	compare(0)
	both(func(j chain.Journal) error { return j.Prune(t.Context(), 11, 1) })
	compare(0)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = sqlite.Open(t.Context(), path, sqlite.WithoutSync()); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	journals[0] = NewJournal(db, account)
	compare(0)

	unlock, err := journals[0].Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := journals[0].Lock(ended); !errors.Is(err, context.Canceled) {
		t.Fatalf("a second lock: %v", err)
	}
	unlock()
	if unlock, err = journals[0].Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	unlock()
}

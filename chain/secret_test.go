package chain_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/chain"
)

// TestErrorsHideTheNodesKey: the path of a node's URL may be an API key. No error repeats it.
func TestErrorsHideTheNodesKey(t *testing.T) {
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":1,"result":"0x534e5f5345504f4c4941"}`))
	}))
	const key = "k3y-of-the-node"
	c, err := chain.Dial(t.Context(), node.URL+"/v3/"+key, "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	node.Close()
	host := strings.TrimPrefix(node.URL, "http://")
	for _, address := range []string{
		"http://" + key + ":" + key + "@" + host, "http://" + host + "/" + key, "http://" + host + "/?api=" + key,
		"ftp://" + host + "/" + key, "http://" + host + "/%zz" + key, "http://" + key + "\x7f/", key,
	} {
		if _, err := chain.Dial(t.Context(), address, ""); !errors.Is(err, chain.ErrUnreachable) || strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, call := range []func() error{
		func() error { _, err := c.Latest(t.Context()); return err },
		func() error { _, err := chain.Dial(t.Context(), node.URL+"/v3/"+key, ""); return err },
	} {
		if err := call(); !errors.Is(err, chain.ErrUnreachable) || strings.Contains(err.Error(), key) {
			t.Errorf("%v", err)
		}
	}
}

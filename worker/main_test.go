package worker

import (
	"testing"

	"go.uber.org/goleak"
)

// Connections that the node's client keeps open to the local Starknet are not the worker's.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

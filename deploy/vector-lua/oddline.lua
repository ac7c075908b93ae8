-- Oddline inside Vector: one line in the `lua` transform,
--   hooks.process = "require('oddline').process('/var/lib/oddline')"
-- where the folder holds oddline.model. A second folder, writable and of this transform alone, keeps state.
local name, path = ...
local folder = type(path) == "string" and path:match("^(.*)/[^/]*$") or "."
package.cpath = folder .. "/?.so;" .. package.cpath

local loaded, core = pcall(require, "oddline_core")
if not loaded then
  local why = tostring(core)
  if why:lower():find("dynamic l", 1, true) then
    error("oddline: this Vector is a static (musl) build and cannot load C modules. "
      .. "Use one of Vector's gnu packages, or run Oddline beside Vector: oddline serve, docs/vector.md", 0)
  elseif why:find("undefined symbol", 1, true) then
    error("oddline: this Vector does not offer Lua to C modules (built without -rdynamic). "
      .. "Use one of Vector's own gnu packages, or run Oddline beside Vector: " .. why, 0)
  elseif why:find("not found", 1, true) then
    error("oddline: " .. folder .. "/oddline_core.so is missing. Build it: oddline vector-module --out " .. folder, 0)
  end
  error("oddline: oddline_core.so cannot be loaded. Build it on this machine: oddline vector-module --out "
    .. folder .. "\n" .. why, 0)
end

local oddline = {}

--- The transform's `process` hook. Metrics and traces pass.
function oddline.process(model_folder, state_folder)
  local filter = core.open(model_folder, state_folder)
  local tag = core.tag
  return function(event, emit)
    local log = event.log
    if log then tag(filter, log) end
    emit(event)
  end
end

return oddline

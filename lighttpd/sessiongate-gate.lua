-- sessiongate-gate.lua - who is asking, as headers for an application behind mod_proxy
--
-- lighttpd runs it before the gate is asked, when there is no REMOTE_USER yet, and once more when
-- the gate has let the request in.
local header, env = lighty.r.req_header, lighty.r.req_env

-- In place of a client's own, in all spellings: many applications take "_" for "-", PHP takes a dot
-- for it, and lighttpd itself, for a FastCGI application, every mark.
local forged = {}
for name in pairs(header) do
	if name:match("^[Rr][Ee][Mm][Oo][Tt][Ee][^%w]") then
		forged[#forged + 1] = name
	end
end
for _, name in ipairs(forged) do
	header[name] = ""
end
for _, name in ipairs({ "User", "Groups", "Email", "Name" }) do
	header["Remote-" .. name] = env["REMOTE_" .. name:upper()] or ""
end
header["Forwarded"] = ""

-- The gate's own cookies are not the application's: the session, that of its forms, and that of known
-- browsers.  Not before the check, which needs them.
if header["Cookie"] and env["REMOTE_USER"] then
	local session, others = env["SESSION_NAME"] or "_my_session_id", {}
	for pair in header["Cookie"]:gmatch("[^;]+") do
		pair = pair:match("^[ \t]*(.-)[ \t]*$")
		local name = pair:match("^[^=]*"):gsub("^__Host%-", ""):gsub("^__Secure%-", "")
		local is_own = name == session or name == session .. "_form" or name == session .. "_d"
		if not is_own and pair ~= "" then
			others[#others + 1] = pair
		end
	end
	header["Cookie"] = table.concat(others, "; ")
end
return 0

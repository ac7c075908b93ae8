/* The part of Lua 5.4's C API that the module calls (https://www.lua.org/manual/5.4/manual.html#4), declared here so that
 * building needs no Lua headers: the functions are found in the Vector that loads the module. */
#ifndef ODDLINE_LUA54_H
#define ODDLINE_LUA54_H

#include <stddef.h>

typedef struct lua_State lua_State;
typedef long long lua_Integer;
typedef double lua_Number;
typedef int (*lua_CFunction)(lua_State*);

#define LUA_TNIL 0
#define LUA_TBOOLEAN 1
#define LUA_TNUMBER 3
#define LUA_TSTRING 4
#define LUA_TTABLE 5

int lua_checkstack(lua_State*, int);
int lua_gettop(lua_State*);
void lua_settop(lua_State*, int);
void lua_pushvalue(lua_State*, int);
int lua_type(lua_State*, int);
int lua_isinteger(lua_State*, int);
int lua_toboolean(lua_State*, int);
lua_Integer lua_tointegerx(lua_State*, int, int*);
lua_Number lua_tonumberx(lua_State*, int, int*);
const char* lua_tolstring(lua_State*, int, size_t*);
size_t lua_rawlen(lua_State*, int);
void lua_pushnil(lua_State*);
void lua_pushnumber(lua_State*, lua_Number);
void lua_pushinteger(lua_State*, lua_Integer);
void lua_pushboolean(lua_State*, int);
const char* lua_pushlstring(lua_State*, const char*, size_t);
void lua_pushcclosure(lua_State*, lua_CFunction, int);
void lua_createtable(lua_State*, int, int);
void* lua_newuserdatauv(lua_State*, size_t, int);
int lua_getfield(lua_State*, int, const char*);
void lua_setfield(lua_State*, int, const char*);
void lua_rawset(lua_State*, int);
int lua_rawgeti(lua_State*, int, lua_Integer);
int lua_next(lua_State*, int);
int luaL_newmetatable(lua_State*, const char*);
void luaL_setmetatable(lua_State*, const char*);
void* luaL_checkudata(lua_State*, int, const char*);
const char* luaL_checklstring(lua_State*, int, size_t*);
const char* luaL_optlstring(lua_State*, int, const char*, size_t*);
int luaL_error(lua_State*, const char*, ...);
void luaL_checkversion_(lua_State*, lua_Number, size_t);

#define lua_pop(L, n) lua_settop(L, -(n)-1)
/* The sizes of its numbers, as lauxlib.h computes them: a Vector with another Lua refuses the module here. */
#define luaL_checkversion(L) luaL_checkversion_(L, 504, sizeof(lua_Integer) * 16 + sizeof(lua_Number))

#endif
